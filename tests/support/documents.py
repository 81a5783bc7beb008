"""README, CONTRIBUTING and the pages of docs as tests read them: fenced blocks, commands, inline code."""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

SHELLS = {"bash", "sh", "shell", "console"}
"""The languages whose blocks hold commands; in `console`, commands stand behind `$ `, above their output."""

_FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
_INLINE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")


@dataclasses.dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    info: str
    """All that stands behind the fence: the language, and nothing else."""
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of a block, and the output that the page shows for it."""

    text: str
    shown: str = ""

    @property
    def words(self) -> list[str]:
        """The command without the variables before it."""
        words = shlex.split(self.text)
        while words and _ASSIGNMENT.fullmatch(words[0]):
            words.pop(0)
        return words

    @property
    def variables(self) -> dict[str, str]:
        """The variables that are set before the command."""
        before = len(shlex.split(self.text)) - len(self.words)
        return dict(word.split("=", 1) for word in shlex.split(self.text)[:before])


def blocks_of(text: str, page: str) -> tuple[list[Block], str]:
    """The fenced blocks of a page, of whatever fence and indentation, and the page without them."""
    found, prose = [], []
    opened: re.Match[str] | None = None
    inside: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None and fence is None:
            prose.append(line)
        elif opened is None:
            opened, inside, began = fence, [], number
        elif fence and not fence["info"].strip() and fence["fence"].startswith(opened["fence"]):
            found.append(Block(page, began, opened["info"].strip(), "".join(f"{one}\n" for one in inside)))
            opened = None
        else:
            inside.append(line.removeprefix(opened["indent"]))
    assert opened is None, f"{page}: a block that is never closed"
    return found, "\n".join(prose)


def indented_blocks(prose: str) -> list[str]:
    """The lines of a page that Markdown takes for code without a fence, outside of lists."""
    found, in_list, before = [], False, ""
    for line in prose.splitlines():
        if re.match(r"\s*(?:[-*+]|\d+\.)\s", line):
            in_list = True
        elif line.strip() and not line.startswith(" "):
            in_list = False
        elif line.startswith("    ") and not before.strip() and not in_list:
            found.append(line)
        before = line
    return found


def inline_code(prose: str) -> list[str]:
    """What stands between backticks, on one line."""
    return [" ".join(code.split()) for _, code in _INLINE.findall(prose)]


def commands_of(block: Block) -> list[Command]:
    """The commands of a shell's block, without comments, continued lines joined."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.info != "console":
        bare = (re.sub(r"(?:^|\s+)#.*$", "", line).strip() for line in lines)
        return [Command(" ".join(line.split())) for line in bare if line]
    found: list[Command] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Command(line.removeprefix("$ ").strip()))
        else:
            found[-1] = dataclasses.replace(found[-1], shown=f"{found[-1].shown}{line}\n")
    return found


READ = {
    page.relative_to(ROOT).as_posix(): blocks_of(page.read_text("utf-8"), page.relative_to(ROOT).as_posix())
    for page in PAGES
}
"""The blocks and the prose of each page."""

BLOCKS = [block for found, _ in READ.values() for block in found]
COMMANDS = sorted(
    {
        command
        for block in BLOCKS
        if block.info in SHELLS and not block.page.startswith("docs/contributing/")
        for command in commands_of(block)
    },
    key=lambda command: command.text,
)
