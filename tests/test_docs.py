"""README and the pages of docs: every block has a runner, every command runs, every link leads somewhere.

A block goes to the first runner of `RUNNERS` that claims it, by its language and content. A block that no
runner claims is a failure, so that a new language, or a word behind it, keeps nothing from being looked at.
What cannot run here as it stands is in `INSTEAD`, with its reason.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml
from documents import (
    BLOCKS,
    COMMANDS,
    READ,
    ROOT,
    SHELLS,
    Block,
    Command,
    blocks_of,
    indented_blocks,
    inline_code,
)
from guides import files_of

from rewards.cli.main import main
from rewards.recipe.file import loads, shipped
from rewards.recipe.plugins import GROUP
from rewards.rules import KINDS
from server.config import ServerConfig
from server.config_file import settings_in
from server.telemetry.definitions import METRICS
from trainer_adapters.grpo.reading import read_config
from trainer_adapters.grpo.schema import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import ServerProcess

DOCUMENTED_ADDRESS = "127.0.0.1:50051"
DOCUMENTED_METRICS = "127.0.0.1:9090"
DOCUMENTED_CONSOLE = "127.0.0.1:8080"
TOUCHSTONE = [sys.executable, "-c", "from rewards.cli.main import main; main()"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FIELDS = {field.name for field in dataclasses.fields(ServerConfig)}


# Who runs which block.


def yaml_of(block: Block) -> dict[str, Any]:
    read = yaml.safe_load(block.text) if block.info == "yaml" else None
    return read if isinstance(read, dict) else {}


RUNNERS: dict[str, Callable[[Block], bool]] = {
    "guide": lambda block: block.page.startswith("docs/contributing/"),  # tests/test_contributing.py
    "commands": lambda block: block.info in SHELLS,
    "python": lambda block: block.info == "python",
    "recipe": lambda block: {"name", "reward"} <= yaml_of(block).keys(),
    "training file": lambda block: (
        bool(yaml_of(block)) and yaml_of(block).keys() <= {*TrainConfig.model_fields}
    ),
    "server file": lambda block: bool(yaml_of(block)) and yaml_of(block).keys() <= FIELDS,
    "trainer's file": lambda block: bool(yaml_of(block)) and block.page.startswith("docs/trainers/"),
    "trainer's overrides": lambda block: (
        block.info == "text" and all(re.match(r"\+?[\w.]+=", line) for line in block.text.splitlines())
    ),
    "entry points": lambda block: block.info == "toml" and "entry-points" in block.text,
    "query": lambda block: block.info == "promql",
    "Prometheus's file": lambda block: "scrape_configs" in yaml_of(block),
    "tree": lambda block: block.page == "README.md" and block.text.startswith("rewards/"),
}
"""What a block is, by whether it is that; the first that holds counts."""


def runner_of(block: Block) -> str | None:
    return next((name for name, claims in RUNNERS.items() if claims(block)), None)


def claimed(runner: str) -> list[Any]:
    return [pytest.param(block, id=block.name) for block in BLOCKS if runner_of(block) == runner]


def test_every_block_has_a_runner() -> None:
    assert {block.name: block.info for block in BLOCKS if runner_of(block) is None} == {}


def test_every_runner_has_a_block() -> None:
    assert {runner_of(block) for block in BLOCKS} == {*RUNNERS}


def test_code_stands_in_fences() -> None:
    """Markdown takes four blanks for code as well, of a language that nobody knows."""
    assert {page: lines for page, (_, prose) in READ.items() if (lines := indented_blocks(prose))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "```{}\na\n```\n",
        "````{}\n```\na\n````\n",
        "~~~{}\na\n~~~\n",
        "- x\n\n  ```{}\n  a\n  ```\n",
        "> ``` {}\n> a\n> ```\n",
    ],
)
@pytest.mark.parametrize("info", ["yaml skip", "python no-run", "", "mermaid"])
def test_no_fence_hides_a_block(text: str, info: str) -> None:
    (block,), _ = blocks_of(text.format(info), "docs/new.md")
    assert block.info == info
    assert block.text.splitlines()[-1] == "a"
    assert runner_of(block) is None


# Files.


@pytest.mark.parametrize("block", claimed("recipe"))
def test_recipes_of_pages_read(block: Block) -> None:
    # A dotted path stands for the reader's own module; Sum is one that is there.
    assert loads(block.text.replace("mypackage.rewards:Brevity: {limit: 400}", "constant: 1.0")).digest


NEEDED = {
    "model": {"path": "MODEL"},
    "data": {"path": "PROMPTS.jsonl"},
    "reward": {"recipe": "r1-zero"},
    "checkpoints": {"output_dir": "OUTPUT"},
}
"""What a block that shows a part of a training file leaves to its reader."""


@pytest.mark.parametrize("block", claimed("training file"))
def test_training_files_of_pages_read(block: Block) -> None:
    given = yaml_of(block)
    whole = "model" in given
    assert read_config(given if whole else {**NEEDED, **given}).model_fields_set >= given.keys() - {"preset"}


@pytest.mark.parametrize("block", claimed("server file"))
def test_server_files_of_pages_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / "server.yaml").write_text(block.text, "utf-8")
    settings = settings_in(tmp_path / "server.yaml")
    assert settings.keys() == yaml_of(block).keys()
    assert ServerConfig(**settings)


@pytest.mark.parametrize("block", [*claimed("trainer's file"), *claimed("trainer's overrides")])
def test_trainers_are_told_of_what_is_there(block: Block) -> None:
    """The trainers are not here; what they are told to load of ours is, and the recipes ship."""
    values = re.findall(r"[\w./:-]+", block.text)
    for name in (value for value in values if value.startswith("trainer_adapters.")):
        assert_ours_is_there(name)
    if found := re.search(r"(\w+\.)*path=pkg://(?P<module>[\w.]+)", block.text):
        (name,) = re.findall(r"\.name=(\w+)", block.text)
        assert_ours_is_there(f"{found['module']}.{name}")
    (recipe,) = re.findall(r"(?:recipe|RECIPE)(?:=|: )([\w-]+)", block.text) or ["boxed"]
    assert recipe in shipped()


@pytest.mark.parametrize("block", claimed("entry points"))
def test_entry_points_are_of_the_group_that_is_looked_up(block: Block) -> None:
    assert list(tomllib.loads(block.text)["project"]["entry-points"]) == [GROUP]


@pytest.mark.parametrize("block", claimed("query"))
def test_queries_name_metrics_that_are_there(block: Block) -> None:
    names = re.findall(r"touchstone_\w+", block.text)
    assert names
    assert {*names} <= METRICS.keys()


@pytest.mark.parametrize("block", claimed("Prometheus's file"))
def test_prometheus_files_take_our_alerts(block: Block, tmp_path: Path) -> None:
    read = yaml_of(block)
    for name in read["rule_files"]:
        shutil.copy(ROOT / "deploy" / "prometheus" / name, tmp_path / name)
    assert all(job["job_name"].startswith("touchstone") for job in read["scrape_configs"])  # as alerts ask
    (tmp_path / "prometheus.yml").write_text(block.text, "utf-8")
    if promtool := shutil.which("promtool"):
        command = [promtool, "check", "config", "prometheus.yml"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("block", claimed("tree"))
def test_the_tree_in_the_readme_is_there(block: Block) -> None:
    folder = Path()
    for line in block.text.splitlines():
        name = line.split()[0]
        inner = line.startswith(" ")
        folder = folder if inner else Path(name)
        assert (ROOT / (folder / name if inner else folder)).exists(), name


# Python.


TRAINERS = {"nemo_rl", "skyrl_gym", "swift"}
"""Trainers that are not installed beside the tests; of code that needs one, our part is looked at."""


def assert_ours_is_there(name: str) -> None:
    """`package.module.Name` or `package.module:Name`, by its source, since its trainer may be missing."""
    module, _, attribute = name.replace(":", ".").rpartition(".")
    spec = importlib.util.find_spec(module)
    assert spec is not None, name
    assert spec.origin is not None, name
    nodes = [*ast.walk(ast.parse(Path(spec.origin).read_text("utf-8")))]
    names = {getattr(node, "name", None) for node in nodes}
    lazy = {node.value for node in nodes if isinstance(node, ast.Constant)}  # made by a module's __getattr__
    assert attribute in names | lazy, name


NEEDING = {"trainer_adapters.ms_swift": "swift", "trainer_adapters.nemo_rl": "nemo_rl"}
"""Adapters whose snippets call their trainer, which registers them."""


def absent_trainer(code: str) -> str | None:
    """The trainer that code needs, by itself or by our adapter, and that is not here."""
    modules = [
        module
        for node in ast.walk(ast.parse(code))
        for module in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    ]
    needed = {NEEDING.get(one, one.partition(".")[0]) for one in modules}
    return next((one for one in needed & TRAINERS if importlib.util.find_spec(one) is None), None)


def run(words: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("block", claimed("python"))
def test_python_of_pages_runs(block: Block, tmp_path: Path, address: str) -> None:
    if absent_trainer(block.text):
        for name in re.findall(r"trainer_adapters\.\w+[.:]\w+", block.text):
            assert_ours_is_there(name)
        for module, name in re.findall(r"from (trainer_adapters\.\w+) import (\w+)", block.text):
            assert_ours_is_there(f"{module}.{name}")
        return
    (tmp_path / "snippet.py").write_text(block.text.replace(DOCUMENTED_ADDRESS, address), "utf-8")
    ran = run([sys.executable, "-W", "error", "snippet.py"], tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_the_example_of_the_readme_says_what_it_is_about(tmp_path: Path) -> None:
    first = next(block for block in BLOCKS if block.info == "python")
    assert first.page == "README.md"
    (tmp_path / "snippet.py").write_text(first.text, "utf-8")
    ran = run([sys.executable, "snippet.py"], tmp_path)
    assert ran.stdout.splitlines() == [
        "[2.5 0.5] ['CORRECT', 'RESOURCE_LIMIT']",
        "{'boxed_correctness': [1.0, 0.0], 'think_format': [1.0, 1.0], 'ngram_repetition': [0.0, 0.0]}",
    ]


# Commands.


def asks_for_help(words: list[str]) -> list[str]:
    """`true` where the help knows every flag, since what a benchmark measures takes too long."""
    flags = [word for word in words if word.startswith("--")]
    program = words[1 : words.index(flags[0]) if flags else None]
    said = help_of(*program)
    assert [flag for flag in flags if flag not in said] == []
    return ["true"]


@functools.cache
def help_of(*program: str) -> str:
    ran = run([sys.executable, *program, "--help"], ROOT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def without_ray(words: list[str]) -> list[str]:
    if importlib.util.find_spec("ray") is not None:
        return words
    at = words.index("--engine")
    return words[:at]


def is_shell(words: list[str]) -> list[str]:
    script = next(word for word in words if word.endswith(".sh"))
    return ["bash", "-n", str(ROOT / script)]


def has_its_words(words: list[str]) -> list[str]:
    json.loads(words[words.index("--weight-transfer-config") + 1])
    return ["true"]


INSTEAD: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "python -m benchmarks.": (asks_for_help, "minutes to hours"),
    "python benchmarks/trainer_overhead.py": (asks_for_help, "an hour; and TRL may be missing"),
    "--engine ray": (without_ray, "`make test-ray` runs the engine"),
    "sbatch": (is_shell, "a cluster; tests/examples/test_slurm.py sends the scripts to one"),
    "vllm serve": (has_its_words, "a GPU; `make test-vllm` starts vLLM's build for CPUs"),
}
"""What does not run as it stands, by what its command has in it: what runs instead, and why."""


def by_program(*programs: str) -> list[Any]:
    """The commands of these programs, but for those that have a test of their own."""
    return [
        pytest.param(command, id=command.text)
        for command in COMMANDS
        if command.words[0] in programs and not trains(command)
    ]


def trains(command: Command) -> bool:
    return command.words[:2] == ["touchstone", "train"] and "--print-config" not in command.words


@pytest.mark.parametrize("command", by_program("touchstone", "python", "sbatch", "vllm"))
def test_commands_of_pages_run(
    command: Command, tmp_path: Path, start_server: Callable[..., ServerProcess], address: str
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    put_files(tmp_path)
    words = command.words
    for part, (instead, _) in INSTEAD.items():
        if part in command.text:
            words = instead(words)
            break
    if words[:2] == ["touchstone", "serve"] and not {"--help", "--print-config"} & {*words}:
        taken = {DOCUMENTED_ADDRESS, DOCUMENTED_METRICS, DOCUMENTED_CONSOLE}  # perhaps, by another program
        assert start_server(*("127.0.0.1:0" if word in taken else word for word in words[2:]))
        return
    if words[:2] == ["touchstone", "top"]:  # it is live, until somebody ends it
        watched = start_server("--recipe", "boxed", "--metrics-address", "127.0.0.1:0")
        words = [watched.metrics if word == DOCUMENTED_METRICS else word for word in [*words, "--once"]]
    programs = {"touchstone": TOUCHSTONE, "python": [sys.executable]}
    words = [address if word == DOCUMENTED_ADDRESS else word for word in words]
    ran = run([*programs.get(words[0], words[:1]), *words[1:]], tmp_path, **command.variables, COLUMNS="200")
    # The demo's rollouts hold a broken gold on purpose, and a recipe with a trap fails its test: exit code 1.
    assert ran.returncode in ({0, 1} if "rollouts." in command.text or command.shown else {0}), ran.stderr
    assert "Traceback" not in ran.stderr
    for shown in command.shown.split("..."):
        assert "".join(shown.split()) in "".join(ran.stdout.split())


def put_files(folder: Path) -> None:
    """Files of the names that commands speak of."""
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    demo = ROOT / "examples" / "demo" / "rollouts.jsonl"
    shutil.copy(demo, folder / "rollouts.jsonl")
    rows = [json.loads(line) for line in demo.read_text("utf-8").splitlines()]
    kept = [{name: row[name] for name in ("completion", "ground_truth")} for row in rows[:8]]
    parquet.write_table(pyarrow.Table.from_pylist(kept), folder / "rollouts.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([{"gold": "5"}, {"gold": "x"}]), folder / "golds.parquet")


@pytest.mark.parametrize("command", by_program("make", ".ci/run"))
def test_make_targets_are_there_and_run_by_ci(command: Command) -> None:
    ci = (ROOT / ".ci" / "run").read_text("utf-8") + (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    wanted = command.text
    if command.words[0] == "make":
        target = command.words[1]
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        wanted = f"make {target}"
    assert wanted in ci


def test_no_command_is_left_out() -> None:
    known = {"touchstone", "python", "sbatch", "vllm", "make", ".ci/run", "pip"}
    assert {command.words[0] for command in COMMANDS} <= known


def test_every_exception_is_needed() -> None:
    for part, (_, reason) in INSTEAD.items():
        assert reason
        assert [command for command in COMMANDS if part in command.text], part


SMALL: dict[str, object] = {
    # A model, data and a server of this machine.
    "model.path": "model",
    "data.dataset": None,
    "data.configuration": None,
    "data.path": "gsm8k.jsonl",
    # No GPU.
    "generation.vllm": None,
    "launch.strategy": "ddp",
    "launch.device": "cpu",
    "training.precision": "fp32",
    # Seconds, of a model that has room for 64 tokens.
    "generation.max_completion_length": 12,
    "generation.num_generations": 4,
    "techniques.dynamic_sampling.max_rounds": 1,
    "training.max_steps": 1,
    "training.warmup_steps": 0,
    "training.prompts_per_generation": 2,
    "training.updates_per_generation": 1,
}
"""What the page's training file is changed by so that it trains here; everything else is as it stands."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", [pytest.param(one, id=one.text) for one in COMMANDS if trains(one)])
def test_the_training_file_of_the_page_trains(command: Command, tmp_path: Path, address: str) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_grpo import make_folder  # noqa: PLC0415  # it brings torch

    given = next(yaml_of(block) for block in BLOCKS if runner_of(block) == "training file")
    make_folder(tmp_path)
    rows = [
        {"question": f"{a}+{b}?", "answer": f"It is so.\n#### {a + b}"} for a in range(6) for b in range(6)
    ]
    (tmp_path / "gsm8k.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    given["reward"]["server"] = [address for _ in given["reward"]["server"]]
    for name, value in SMALL.items():
        *sections, last = name.split(".")
        inner = given
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(given), "utf-8")
    words = [word if word != "8" else "2" for word in command.words]
    assert words == ["touchstone", "train", "config.yaml", "--nproc", "2"]
    quiet = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    ran = run([str(Path(sys.executable).parent / "touchstone"), *words[1:]], tmp_path, **quiet)
    assert ran.returncode == 0, ran.stderr[-3000:]
    out = tmp_path / given["checkpoints"]["output_dir"]
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]
    assert [line["step"] for line in lines if "reward" in line] == [1]
    assert (out / "model.safetensors").exists()


# What is installed.


TEXTS = [
    path
    for folder in ("docs", "deploy", "examples", "rewards", "server", "trainer_adapters", ".ci", ".github")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".md", ".py", ".yaml", ".yml", ".toml", ".sh", ".service", ".cfg", ".conf", ""}
    and path.is_file()
] + [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "Makefile"]


def named(pattern: str) -> list[tuple[str, str]]:
    """Each match of a pattern in what users read, with where it is."""
    return [
        (path.relative_to(ROOT).as_posix(), found)
        for path in TEXTS
        for found in re.findall(pattern, path.read_text("utf-8"))
    ]


def test_extras_that_pages_install_exist() -> None:
    """No index has the distribution, so it is installed from the clone."""
    extras = {*PYPROJECT["project"]["optional-dependencies"]}
    assert named(r"install[^\n]* '?touchstone-rl") == []
    brackets = named(r"'\.\[([\w,{}()']+)\]'")
    asked = {extra for _, given in brackets for extra in given.split(",") if extra.isidentifier()}
    assert {"data", "otel", "ray", "language"} <= asked <= extras
    for call, extra in named(r"install_command\('?\"?(\w+)'?\"?\)"):
        assert extra in {*extras, "extra"}, call


@pytest.mark.parametrize("command", by_program("pip"))
def test_pip_installs_the_clone_with_extras_that_exist(command: Command) -> None:
    _, install, *wanted = command.words
    assert install == "install"
    for one in wanted:
        found = re.fullmatch(r"\.(?:\[([\w,]+)\])?", one)
        assert found, one
        assert {*filter(None, (found[1] or "").split(","))} <= {
            *PYPROJECT["project"]["optional-dependencies"]
        }


def test_the_readme_lists_the_extras() -> None:
    assert sorted(tables_of("README.md")["extra"]) == sorted(PYPROJECT["project"]["optional-dependencies"])


def test_versions_and_tags_of_ours_are_this_one() -> None:
    version = PYPROJECT["project"]["version"]
    found = named(r"\btouchstone(?:-rl)?(?::|==|@)v?(\d[\w.]*)")
    assert {tag for _, tag in found} == {version}, found
    assert {"deploy/Containerfile", "deploy/kubernetes/deployment.yaml"} <= {path for path, _ in found}


THEIRS = {"examples/configs/grpo_math_1B.yaml", "examples/run_grpo.py"}
"""Paths in a checkout of NeMo-RL."""


def test_paths_that_are_named_are_there() -> None:
    folders = "docs|deploy|examples|tests|benchmarks|proto|tools"
    found = named(rf"(?<![\w./-])((?:{folders})/[\w./-]*\w)")
    added = {
        path for page, (blocks, _) in READ.items() if "/contributing/" in page for path in files_of(blocks)
    }
    missing = {path for where, path in found if not (ROOT / path).exists()}
    assert missing - added == THEIRS


def test_the_autoscaler_names_the_page_of_its_metric() -> None:
    text = (ROOT / "deploy" / "kubernetes" / "autoscaler.yaml").read_text("utf-8")
    (page,) = re.findall(r"docs/[\w-]+\.md", text)
    (metric,) = re.findall(r"metric: \{name: (\w+)\}", text)
    assert metric in (ROOT / page).read_text("utf-8")


# Prose.


@pytest.mark.parametrize("page", READ)
def test_inline_commands_are_there(page: str) -> None:
    """Their flags too; what stands in capitals is for the reader to fill in."""
    for code in inline_code(READ[page][1]):
        words = re.findall(r"\S+", code)
        if words[0] == "touchstone" and len(words) > 1 and words[1].islower():
            assert_command(words[1:])
        elif words[0] == "make" and len(words) > 1:
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), code
        elif words[:2] == ["python", "-m"]:
            assert importlib.util.find_spec(words[2]), code
        elif words[0] == "python" and words[-1].endswith(".py"):
            assert (ROOT / words[1]).exists(), code


def assert_command(words: list[str]) -> None:
    context, command = click.Context(main), main.get_command(click.Context(main), words[0])
    assert command is not None, words
    if isinstance(command, click.Group) and len(words) > 1:
        command = command.get_command(context, words[1])
        assert command is not None, words
    flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= {*flags, "--help"}, words


@pytest.mark.parametrize("page", READ)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", READ[page][1]):
        assert "://" in target or ((ROOT / page).parent / target).exists(), target


def tables_of(page: str) -> dict[str, list[str]]:
    """The first column of each table of a page, without backticks, by its heading."""
    tables: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in READ[page][1].splitlines():
        if not line.startswith("|"):
            rows = []
            continue
        cell = re.split(r"(?<!\\)\|", line)[1].strip().strip("`")
        if not rows:
            tables[cell] = rows = []
            rows.append("")
        elif not set(cell) <= {"-", ":"}:
            rows.append(cell)
    return {heading: found[1:] for heading, found in tables.items()}


def test_the_readme_lists_every_reward_that_ships() -> None:
    assert {*KINDS.values()} <= {*tables_of("README.md")["reward"]}


def test_the_readme_lists_every_recipe_that_ships() -> None:
    assert sorted(tables_of("README.md")["name"]) == sorted(shipped())


def test_the_page_about_the_command_lists_every_command() -> None:
    listed = [row.split()[0] for row in tables_of("docs/command.md")["command"]]
    assert sorted(listed) == main.list_commands(click.Context(main))


def test_the_page_about_the_command_knows_every_shared_flag() -> None:
    page = (ROOT / "docs" / "command.md").read_text("utf-8")
    context = click.Context(main)
    for name in ("score", "verify"):
        command = main.get_command(context, name)
        assert command is not None
        flags = [flag for parameter in command.params for flag in parameter.opts if flag.startswith("--")]
        missing = [flag for flag in flags if flag not in page and not flag.endswith("-field")]
        assert missing == []
