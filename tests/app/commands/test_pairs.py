"""Words of a terminal become values, or are refused by form."""

import pytest
import typer

from app.commands.pairs import notes, overrides, seconds


def test_times_are_whole_seconds() -> None:
    texts = ("90", "90s", "5m", "2h", "3d", None)
    assert [seconds("--ttl", each) for each in texts] == [
        *(90, 90, 300, 7200, 259_200, None)
    ]


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5h", "5 m", "soon", "1w"])
def test_another_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="not of the form 90s"):
        seconds("--ttl", text)


def test_notes_are_texts_and_overrides_json() -> None:
    words = ["user=ada", "n=5", "sum=1=1"]
    assert notes("--metadata", words) == {"user": "ada", "n": "5", "sum": "1=1"}
    settings = ["steps=5", "early_stop=true", "color=content", "rungs=[[64,3]]"]
    assert overrides("--set", settings) == {
        "steps": 5,
        "early_stop": True,
        "color": "content",
        "rungs": [[64, 3]],
    }
    assert (notes("--metadata", None), overrides("--set", [])) == (None, None)


@pytest.mark.parametrize("texts", [["user"], ["=ada"], ["a=1", "a=2"]])
def test_notes_of_another_form_are_refused(texts: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match=r"not of the form|came twice"):
        notes("--metadata", texts)
