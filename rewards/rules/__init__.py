"""The rewards that ship, one a file.

The name of a file registers its reward: `soft_overlong.py` holds the class `SoftOverlong`, which recipes call
`soft_overlong`. So the names are known before anything is loaded.
"""

from __future__ import annotations

import pkgutil

__all__ = ["KINDS"]

_BASES = {"window"}
"""Modules that hold a base class of rewards, and no reward."""

KINDS = {
    module.name: "".join(map(str.capitalize, module.name.split("_")))
    for module in pkgutil.iter_modules(__path__)
    if module.name not in _BASES
}
"""Kinds in recipes, each with the name of its class."""
