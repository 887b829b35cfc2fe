"""Every path of every command: an empty one is never the current folder."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from app.cli import cli
from app.commands.paths import Destination, a_destination, a_path
from tests.app.commands.conftest import JPEG_HEAD, Counter

#: What a command needs besides, to come as far as its paths.
NEEDED = {
    "submit": ["p.jpg", "s.jpg"],
    "demo": ["p.jpg", "s.jpg"],
    "watch": ["job"],
    "result": ["job"],
    "losses": ["job", "--csv"],
    "files": ["job"],
    "train": ["p.jpg"],
    "distill": [],
    "styles show": ["night"],
    "styles add": ["p.jpg"],
    "styles import": ["p.jpg"],
    "dataset prepare": ["p.jpg"],
    "estimate": ["p.jpg"],
    "keys create": ["--name", "x"],
    "keys revoke": ["key_1"],
}


#: Options of another kind than the usual one, and what asks for it.
OF_KIND = {
    "--start": ["--kind", "training"],
    "--cameras": ["--kind", "pointcloud"],
}


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple]:
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            yield from _commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), inspect.unwrap(command.callback)


def _told_paths() -> Iterator[tuple[str, str, Any]]:
    """Yield each command, its parameters that are paths, and what it says of them."""
    for name, function in _commands(typer.main.get_command(cli)):
        for parameter, hint in get_type_hints(function, include_extras=True).items():
            if "Path" in str(hint) or "Destination" in str(hint):
                yield name, parameter, hint.__metadata__[0]


def _flag(parameter: str, told: Any) -> str:
    """Return the longest of an option's flags; one that names none has its own."""
    # typer takes the first word of an annotation for a default, and moves it later.
    words = [*([] if told.default is ... else [told.default]), *told.param_decls]
    return max(words, key=len, default=f"--{parameter.replace('_', '-')}")


OPTIONS = [
    (command, _flag(parameter, told))
    for command, parameter, told in _told_paths()
    if isinstance(told, typer.models.OptionInfo)
]


@pytest.fixture(autouse=True)
def files(service: Counter) -> None:
    for name in ("p.jpg", "s.jpg"):
        Path(name).write_bytes(JPEG_HEAD)


@pytest.mark.parametrize("value", ["", " ", "\t", "a\0b"])
@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_an_option_without_a_path_is_wrong_usage(
    run, service: Counter, command: str, option: str, value: str
) -> None:
    before = sorted(Path().rglob("*"))
    needed = [*NEEDED.get(command, ()), *OF_KIND.get(option, ())]
    done = run(*command.split(), *needed, option, value)
    assert done.exit_code == 2, done.output
    words = " ".join(done.stderr.replace("│", " ").split())
    assert "the path is empty" in words or "the path has a NUL" in words
    assert service.requests == []
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    "words",
    [
        ["submit", "", "s.jpg"],
        ["submit", "p.jpg", ""],
        ["submit", "p.jpg", "s.jpg", " "],
        ["demo", "", "s.jpg"],
        ["demo", "p.jpg", ""],
        ["styles", "add", ""],
        ["estimate", ""],
    ],
)
def test_an_argument_without_a_path_is_wrong_usage(
    run, service: Counter, words: list[str]
) -> None:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "the path is empty" in done.stderr
    assert service.requests == []


def test_every_path_of_every_command_is_read_by_one_function() -> None:
    """A path that typer reads by itself would be empty without complaint."""
    for command, _, told in _told_paths():
        assert told.parser in {a_path, a_destination}, command
    assert {command for command, _ in OPTIONS} >= {"serve", "submit", "keys create"}


def test_an_empty_id_of_a_painting_is_wrong_usage(run, service: Counter) -> None:
    done = run("submit", "p.jpg", "s.jpg", "--style-id", "")
    assert done.exit_code == 2
    assert "the painting's id is empty" in done.stderr
    assert service.requests == []


@pytest.mark.parametrize(
    ("words", "is_folder"), [("a/", True), ("a/.", True), ("a", False), ("a.b", False)]
)
def test_a_slash_at_the_end_makes_a_folder(words: str, is_folder: bool) -> None:
    told = a_destination(words)
    assert told == Destination(a_path(words), is_folder=is_folder)
    assert told.file("x.png") == (Path(words) / "x.png" if is_folder else Path(words))
