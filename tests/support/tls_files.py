"""The files of a server that is guarded by certificates and tokens."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Files"]


@dataclasses.dataclass
class Files:
    authority: Path
    certificate: Path
    key: Path
    client: Path
    client_key: Path
    tokens: Path
