"""Names made of other names: all different, none longer than a name may be."""

import pytest

from app.commands.names import distinct_names


def names(*wanted: list[str], ending: str = ".png") -> list[str]:
    return list(distinct_names(wanted, ending))


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("letter", ["a", "é", "漢", "🎨", "\udcff"])
def test_two_long_names_are_cut_between_characters(letter: str, ending: str) -> None:
    size = len(letter.encode(errors="surrogateescape"))
    parts = [letter * (204 // size), letter.upper() * (205 // size)]
    (name,) = names(parts, ending=ending)
    encoded = name.encode(errors="surrogateescape")
    assert 255 - size < len(encoded) <= 255
    assert name.endswith(ending)
    content, painting = name.removesuffix(ending).split("-")
    assert abs(len(content) - len(painting)) <= 1, "both can still be told"


def test_names_that_are_cut_to_the_same_are_still_different() -> None:
    wanted = [["a" * 250 + str(number), "b" * 250] for number in range(120)]
    found = names(*wanted)
    assert len(set(found)) == 120
    assert {len(name) for name in found} == {255}


def test_a_name_that_fits_is_left_alone() -> None:
    assert names(["a" * 125, "b" * 125]) == [f"{'a' * 125}-{'b' * 125}.png"]


def test_a_number_takes_no_room_from_short_names() -> None:
    assert names(["a", "b"], ["a", "b"]) == ["a-b.png", "a-b-2.png"]
