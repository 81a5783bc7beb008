"""The texts of recipe files, shipped ones by name and others by path, without parsing them.

Loads neither numpy nor a parser, so that whoever only hands texts on starts at once.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.errors import RecipeError, UnknownRecipeError
from rewards.messages import did_you_mean

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["MAX_BYTES", "earlier", "shipped", "text"]

MAX_BYTES = 1_000_000
"""Maximum size of a recipe's text, in bytes of UTF-8."""

_SUFFIXES = (".yaml", ".yml")


def shipped() -> tuple[str, ...]:
    """The names of the recipes that ship, in their newest versions, sorted.

    >>> "r1-zero" in shipped()
    True
    """
    return tuple(name for name in _names() if "@" not in name)


def earlier() -> tuple[str, ...]:
    """The earlier versions that ship besides, by `name@version`, for runs that began with them; sorted.

    >>> earlier()
    ('light-r1@1',)
    """
    return tuple(name for name in _names() if "@" in name)


def _names() -> list[str]:
    names = (Path(file.name) for file in _folder().iterdir())
    return sorted(name.stem for name in names if name.suffix == ".yaml")


def text(name_or_path: str | Path) -> str:
    """Return the text of a recipe file as it stands, comments included.

    It is found as :func:`rewards.recipe.file.load` finds it.

    Raises:
        UnknownRecipeError: no recipe of that name or path.
        RecipeError: a file that cannot be read as text.
    """
    if isinstance(name_or_path, Path) or "/" in name_or_path or name_or_path.endswith(_SUFFIXES):
        return _read(Path(name_or_path))
    names = shipped()
    if name_or_path not in (*names, *earlier()):
        message = (
            f"no recipe is called {name_or_path!r}{did_you_mean(name_or_path, names)}; there are "
            f"{', '.join(names)}, and a path to a file has a '/' in it or ends in .yaml"
        )
        raise UnknownRecipeError(message)
    return (_folder() / f"{name_or_path}.yaml").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return resources.files("rewards") / "recipes"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            message = f"{path}: longer than {MAX_BYTES} bytes"
            raise RecipeError(message)
        return content.decode()
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"there is no recipe file {path}"
        raise UnknownRecipeError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8: {error.reason} at byte {error.start}"
        raise RecipeError(message) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        message = f"{path}: cannot be read: {getattr(error, 'strerror', error)}"
        raise RecipeError(message) from error
