"""A kind's parameters and files become options of themselves."""

import dataclasses
from enum import StrEnum
from typing import Annotated, Any

import pytest
import typer
from pydantic import BaseModel, ConfigDict, Field
from typer.testing import CliRunner

from app.commands.bundles import command
from app.commands.parameters import kinds as kinds_module
from app.commands.parameters.kinds import Asked, KindCommand, KindOptions
from app.contract.engines import Engines
from app.contract.form import FieldHints, form_schema
from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE, ImageKind
from app.contract.kinds.video.kind import VIDEO
from app.contract.slots import Medium, Slot


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


class Echo(BaseModel):
    model_config = ConfigDict(
        json_schema_extra=form_schema(
            [
                FieldHints(name="ticks", group="Time", is_basic=True),
                FieldHints(name="pairs", value="A:B", example="1:2"),
                FieldHints(name="script", help="What is played."),
            ]
        )
    )

    ticks: Annotated[int, Field(ge=1, le=9, description="How many.")] = 3
    mood: Annotated[Mood | None, Field(description="Of the sea.")] = None
    is_loud: bool = False
    levels: Annotated[tuple[float, ...] | None, Field(max_length=2)] = None
    gains: dict[str, Annotated[float, Field(ge=0)]] | None = None
    pairs: tuple[tuple[int, int], ...] | None = None
    notes: Any = None


class EchoKind(ImageKind):
    @property
    def engines(self) -> Engines:
        return {}


ECHO = EchoKind(
    name="echo",
    sent=Echo,
    slots=(
        Slot(name="content", medium=Medium.ANY, least=1),
        Slot(name="script", medium=Medium.ANY),
        Slot(name="cue", plural="cues", medium=Medium.ANY, most=2),
    ),
)
KINDS = Kinds((IMAGE, ECHO, VIDEO))


def asked(*words: str, **options: bool) -> tuple[Asked | None, str]:
    """Return what a command is asked for, and what it said."""
    told: list[Asked] = []

    @command
    def play(*, asked: Annotated[Asked, KindOptions(KINDS, **options)]) -> None:
        told.append(asked)

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command(cls=KindCommand)(play)
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    return (told[0] if told else None), " ".join(done.output.split())


VALUES = {
    "--ticks=9": {"ticks": 9},
    "--mood=wild": {"mood": Mood.WILD},
    "--is-loud": {"is_loud": True},
    "--no-is-loud": {"is_loud": False},
    "--level=1 --level=0.5": {"levels": [1.0, 0.5]},
    "--gain=a=1 --gain=b=2.5": {"gains": {"a": 1.0, "b": 2.5}},
    "--pair=1:2 --pair=3:4": {"pairs": [(1, 2), (3, 4)]},
    '--notes={"a":[1]}': {"notes": {"a": [1]}},
    "--notes=words": {"notes": "words"},
}


@pytest.mark.parametrize("words", VALUES)
def test_each_type_of_parameter_has_an_option(words: str) -> None:
    told, said = asked("--kind", "echo", *words.split())
    assert told is not None, said
    nothing = dict.fromkeys(Echo.model_fields)
    assert told.params == {**nothing, "ticks": 3, **VALUES[words]}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--ticks=0", "greater than or equal to 1"),
        ("--mood=sad", "not one of"),
        ("--gain=a", "'a' is not of the form name=1"),
        ("--pair=1", "'1' is not of the form 1:2"),
        ("--pair=1:2:3", "'1:2:3' is not of the form 1:2"),
        ("--pooling=max", "No such option"),
    ],
)
def test_what_is_not_of_the_kind_is_refused(words: str, why: str) -> None:
    told, said = asked("--kind=echo", words)
    assert told is None
    assert why in said


def test_without_a_kind_there_are_the_options_of_the_first() -> None:
    told, said = asked("--pooling=max")
    assert told is not None, said
    assert told.kind is None
    assert told.params["pooling"] == "max"
    assert "No such option" in asked("--ticks=1")[1]


def test_an_unknown_kind_is_told_with_those_that_there_are() -> None:
    told, said = asked("--kind=opera")
    assert told is None
    assert "'opera' is not one of 'image', 'echo'" in said


def test_slots_that_no_argument_fills_are_options() -> None:
    words = ["--kind=echo", "--script=a.txt", "--cue=-", "--cue=b.txt"]
    told, said = asked(*words, with_files=True)
    assert told is not None, said
    files = {name: [each and str(each) for each in f] for name, f in told.files.items()}
    assert files == {"script": ["a.txt"], "cue": [None, "b.txt"]}
    assert "No such option" in asked(*words)[1]


def test_help_shows_one_kind_with_its_words() -> None:
    _, said = asked("--kind=echo", "--help", with_files=True)
    for words in ("Time", "How many.", "[default: 3]", "Of the sea.", "A:B"):
        assert words in said
    assert "What is played." in said
    assert "--pooling" not in said
    assert "--pooling" in asked("--help")[1]


def test_what_only_another_engine_reads_is_sent_when_it_is_said() -> None:
    told, said = asked("--kind=video", "--engine=optimize", "--first-steps=20")
    assert told is not None, said
    assert (told.params["engine"], told.params["first_steps"]) == ("optimize", 20)
    told, said = asked("--kind=video")
    assert told is not None, said
    assert {told.params[name] for name in ("preset", "frame_steps", "seed")} == {None}


def test_a_command_may_take_the_basic_parameters_alone() -> None:
    told, said = asked("--kind=echo", is_basic=True)
    assert told is not None, said
    assert told.params == {"ticks": 3}


def test_a_file_tells_the_kind_that_alone_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = Slot(name="content", medium=Medium.ANY, least=1, endings=(".echo",))
    kinds = Kinds((IMAGE, dataclasses.replace(ECHO, slots=(content,))))
    monkeypatch.setattr(kinds_module, "KINDS", kinds)

    def kind_of(*words: str) -> str | None:
        told: list[Asked] = []

        @command
        def play(
            *,
            file: Annotated[str, typer.Argument()],
            out: Annotated[str, typer.Option("--out", "-o")] = "",
            asked: Annotated[Asked, KindOptions(kinds)],
        ) -> None:
            told.append(asked)

        app = typer.Typer(pretty_exceptions_enable=False)
        app.command(cls=KindCommand)(play)
        done = CliRunner().invoke(app, words)
        assert told, done.output
        return told[0].kind

    assert kind_of("Waves.ECHO", "--ticks=4") == "echo"
    assert kind_of("waves.jpg", "-o", "waves.echo") is None
    assert kind_of("waves.echo", "--kind=image") == "image"
