"""What a pack's file must be, told without anything that computes."""

import json
from typing import Any

import pytest

from app.contract.packs.architectures import ArchitectureName
from app.contract.packs.reading import PackUnreadableError, read_pack
from tests.packs import a_header, a_pack, packed

_, FIRST, SECOND, *_, LAST = a_header()


def changed(name: str, **parts: Any) -> dict[str, Any]:
    """Return a header in which one tensor is told otherwise."""
    header = a_header()
    header[name] |= parts
    return header


def test_a_pack_says_what_it_is() -> None:
    facts = read_pack(a_pack("waves", style_error_deep=0.4))
    assert facts.architecture is ArchitectureName.MULTISTYLE
    assert facts.info.name == "waves"
    assert facts.info.judgement == {"style_error_deep": 0.4}
    assert facts.size_bytes == len(a_pack("waves", style_error_deep=0.4))
    assert facts.sha256 != read_pack(a_pack("wave", style_error_deep=0.4)).sha256


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"data_offsets": [4, 8]}, "stands at"),
        ({"data_offsets": [0, 2**62]}, "stands at"),
        ({"data_offsets": [-4, 0]}, "stands at"),
        ({"data_offsets": [0.0, 10368.0]}, "stands at"),
        ({"data_offsets": "0"}, "stands at"),
        ({"dtype": "F16"}, "is F16"),
        ({"shape": [32, 3, 9, True]}, "must be float32"),
        ({"shape": {}}, "must be float32"),
        ({"more": 1}, "not described"),
    ],
    ids=str,
)
def test_a_tensor_elsewhere_or_of_another_shape_is_refused(
    parts: dict[str, Any], message: str
) -> None:
    with pytest.raises(PackUnreadableError, match=message):
        read_pack(packed(changed(FIRST, **parts)))


def test_tensors_may_not_share_numbers() -> None:
    offsets = a_header()[FIRST]["data_offsets"]
    with pytest.raises(PackUnreadableError, match=f"{SECOND} stands at"):
        read_pack(packed(changed(SECOND, data_offsets=offsets)))


@pytest.mark.parametrize("entry", [None, [], 7, {}], ids=str)
def test_a_tensor_that_is_not_described_is_refused(entry: object) -> None:
    table = a_header() | {FIRST: entry}
    with pytest.raises(PackUnreadableError, match="not described"):
        read_pack(packed(table))


def test_numbers_beyond_the_tensors_are_refused() -> None:
    whole = len(a_pack())
    for numbers, message in ((whole, "must have"), (100, "cut off|not finite|must")):
        with pytest.raises(PackUnreadableError, match=message):
            read_pack(packed(a_header(), numbers=numbers))


def test_names_that_come_twice_are_refused() -> None:
    text = json.dumps(a_header())
    twice = f'{{"{LAST}": {{}}, {text[1:]}'
    with pytest.raises(PackUnreadableError, match="no JSON"):
        read_pack(packed(twice.encode()))


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig"])
def test_only_the_one_coding_is_read(coding: str) -> None:
    with pytest.raises(PackUnreadableError, match="no JSON"):
        read_pack(packed(json.dumps(a_header()).encode(coding)))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(PackUnreadableError, match="not finite"):
        read_pack(a_pack(value=value))
