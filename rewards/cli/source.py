"""Flags for the scorer, this process or a server, with its connection and pinned digests."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewards.errors import DigestMismatchError
from rewards.text.reasoning import ANY
from rewards.wire.addresses import targets_of
from rewards.wire.token_files import client_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rewards.client.remote import RemoteScorer
    from rewards.recipe.recipe import Recipe
    from rewards.recipe.summary import RecipeSummary
    from rewards.scorer import Scorer
    from rewards.text.reasoning import Setting

    Command = Callable[..., object]

__all__ = ["Source", "absolute", "source_options", "timeout_option", "tls_options"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SECONDS_TO_LIST = 30.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """The source of scores: this process or a server."""

    server: str | None
    tls: bool
    tls_ca: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    token_file: Path | None
    recipe_digest: str | None = None
    environment_digest: str | None = None

    def __post_init__(self) -> None:
        flags = ("tls", "tls_ca", "tls_cert", "tls_key", "token_file")
        if self.server is None and (given := [flag for flag in flags if getattr(self, flag)]):
            message = f"--{given[0].replace('_', '-')} says how to reach a server, but there is no --server"
            raise click.UsageError(message)

    @contextlib.contextmanager
    def scorer(self, recipe: str | Recipe, reasoning: Setting = ANY) -> Iterator[Scorer]:
        """Open a scorer by `recipe`, closed at the end.

        Args:
            recipe: the recipe, or its name or path.
            reasoning: the format of the reasoning, for rewards that leave theirs open.

        Raises:
            DigestMismatchError: a digest is pinned and another is in force.
        """
        if reasoning != ANY:
            recipe = self._in_format(recipe, reasoning)
        with contextlib.closing(
            self._local(recipe) if self.server is None else self._remote(recipe)
        ) as scorer:
            yield scorer

    def _in_format(self, recipe: str | Recipe, reasoning: Setting) -> Recipe:
        from rewards.recipe.recipe import Recipe  # noqa: PLC0415  # see below

        if self.server is not None:
            message = "--reasoning: a server reads it by its own recipes: write `reasoning:` into its recipe"
            raise click.UsageError(message)
        return Recipe.of(recipe).with_reasoning(reasoning)

    def portable(self) -> Source:
        """Return the source for other processes, pinned to the versions of this one if they score locally."""
        from rewards.recipe.recipe import environment_digest  # noqa: PLC0415  # see below

        if self.server is not None or self.environment_digest is not None:
            return self
        return dataclasses.replace(self, environment_digest=environment_digest())

    def recipes(self) -> tuple[RecipeSummary, ...]:
        """Return the recipes that the server holds, or those that ship."""
        from rewards.recipe.file import shipped  # noqa: PLC0415
        from rewards.recipe.recipe import Recipe  # noqa: PLC0415  # none of these is needed by --help
        from rewards.recipe.summary import RecipeSummary  # noqa: PLC0415

        if self.server is None:
            return tuple(RecipeSummary.of(Recipe.load(name)) for name in shipped())
        with self._remote("") as scorer:
            return scorer.recipes(timeout=_SECONDS_TO_LIST)

    def _local(self, recipe: str | Recipe) -> Scorer:
        from rewards.recipe.recipe import environment_digest  # noqa: PLC0415
        from rewards.scorer import LocalScorer  # noqa: PLC0415

        scorer = LocalScorer(recipe)
        _hold_to("recipe", self.recipe_digest, scorer.recipe.digest)
        _hold_to("environment", self.environment_digest, environment_digest())
        return scorer

    def _remote(self, recipe: str | Recipe) -> RemoteScorer:
        from rewards.client.remote import RemoteScorer, Tls  # noqa: PLC0415  # grpc, which scoring here does not need

        if self.server is None or not isinstance(recipe, str):
            message = "a server holds its own recipes: name one of them"
            raise click.UsageError(message)
        tls = Tls(root_certificates=self.tls_ca, certificate=self.tls_cert, key=self.tls_key)
        return RemoteScorer(
            targets_of(self.server, "--server"),
            recipe,
            recipe_digest=self.recipe_digest,
            environment_digest=self.environment_digest,
            token=None if self.token_file is None else client_token(self.token_file),
            tls=tls if self.tls or tls != Tls() else None,
        )


def absolute(recipe: str) -> str:
    """Return the name of a recipe as it is, and the path of one as an absolute path."""
    path = Path(recipe)
    return str(path.absolute()) if path.is_file() else recipe


def _hold_to(what: str, pinned: str | None, found: str) -> None:
    if pinned is not None and pinned != found:
        message = f"the {what} digest is {found}, but {pinned} is pinned"
        raise DigestMismatchError(message)


_TLS = (
    click.option("--tls", is_flag=True, help="Use TLS, with the usual roots."),
    click.option("--tls-ca", type=_FILE, metavar="PEM", help="Use TLS, and trust these roots."),
    click.option("--tls-cert", type=_FILE, metavar="PEM", help="The client's own certificate."),
    click.option("--tls-key", type=_FILE, metavar="PEM", help="The key of that certificate."),
)

_SERVER = (
    click.option("--server", metavar="HOST:PORT", help="Ask this server; several by comma."),
    *_TLS,
    click.option("--token-file", type=_FILE, metavar="FILE", help="A file that holds the bearer token."),
)

_PINS = (
    click.option("--recipe-digest", metavar="SHA256", help="Refuse to score by any other recipe."),
    click.option("--environment-digest", metavar="SHA256", help="Refuse to score under other versions."),
)


def tls_options(command: Command) -> Command:
    """`--tls`, `--tls-ca`, `--tls-cert` and `--tls-key`; the command gets each by its name."""
    for option in reversed(_TLS):
        command = option(command)
    return command


def source_options(*, pins: bool = True) -> Callable[[Command], Command]:
    """`--server` and how to reach it, and the pins if scores are asked for; the command gets `source`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def decorated(**flags: object) -> object:
            mine = {field.name for field in dataclasses.fields(Source)} & flags.keys()
            source = Source(**{name: flags.pop(name) for name in mine})  # type: ignore[arg-type]  # click checked
            return command(source=source, **flags)

        for option in reversed(_SERVER + (_PINS if pins else ())):
            decorated = option(decorated)
        return decorated

    return decorate


timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="For each call of some 512 lines; what is not judged by then is NOT_JUDGED.",
)
"""`--timeout`, the time limit of one call; the command gets `timeout`."""
