"""Slots give JSON its members, whatever the kind; kinds are found by their names."""

import pytest
from pydantic import JsonValue

from app.contract.commands import Command, Verb
from app.contract.inputs import Input, input_name, slot_and_number
from app.contract.jobs import slip_fields
from app.contract.kind import AnyKind, Kinds, Lane, RefusedParams, UnknownKindError
from app.contract.kinds import KINDS
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.slots import Slot, by_slot, count_of

SLOTS = (
    Slot(name="scan", least=1),
    Slot(name="view", plural="views", most=3),
    Slot(name="note"),
)


def picture(width: int = 64, height: int = 48) -> Input:
    facts = {"width": width, "height": height}
    return Input(media_type="image/png", sha256="ab" * 32, facts=facts)


PAIR = {"content": picture(1600, 1200), "style/0": picture()}


def test_items_stand_in_json_by_the_members_of_their_slots() -> None:
    shown = by_slot(SLOTS, {"scan": 1, "view/2": 3, "view/0": 2})
    assert shown == {"scan": 1, "views": [2, None, 3], "note": None}


def test_a_slot_that_is_empty_is_an_empty_list_or_null() -> None:
    assert by_slot(SLOTS, {}) == {"scan": None, "views": [], "note": None}


def test_names_are_made_and_read() -> None:
    for slot, number in (("content", None), ("style", 0), ("style_mask", 12)):
        assert slot_and_number(input_name(slot, number)) == (slot, number)
    assert count_of("style", ["style/0", "style/1", "style_mask/0", "content"]) == 2


def test_a_kind_is_found_by_its_name_alone() -> None:
    assert KINDS.of("image") is IMAGE
    assert KINDS.default is IMAGE
    with pytest.raises(UnknownKindError, match=r"'other'.*image"):
        Kinds((IMAGE,)).of("other")


def test_every_kind_is_whole() -> None:
    for kind in KINDS:
        names = [slot.name for slot in kind.slots]
        assert len(set(names)) == len(names)
        for slot in kind.slots:
            assert 0 <= slot.least <= slot.most
            assert slot.plural is not None or slot.most == 1
            assert {slot.each_of, slot.over} <= {None, *names}
        assert {slot.member for slot in kind.slots} == set(
            kind.views.input.model_fields
        )
        assert {"step", "scale", *kind.metrics} == set(kind.views.row.model_fields)
        params = kind.resolve(kind.sent(), ())
        assert kind.changeable(params) <= set(kind.sent.model_fields)


def test_a_record_says_what_a_queue_asks() -> None:
    kind: AnyKind = IMAGE
    params = kind.parse({"size": 512, "steps": 10, "seed": 1, "memory": "tiles"}, PAIR)
    fields = slip_fields(kind, params, PAIR)
    assert fields["lane"] is Lane.LONG
    assert fields["needs"].model_dump() == {
        "network": "vgg19",
        "device": None,
        "memory": "tiles",
        "units": 512 * 384,
    }
    assert fields["work"] == kind.work(params, PAIR) > 0
    assert (fields["kind"], fields["kind_version"]) == ("image", 4)


def test_stored_parameters_are_read_as_they_are() -> None:
    params = IMAGE.parse({"preset": "draft"}, PAIR)
    assert params.steps == 100
    assert params.style_weights == (1.0,)
    stored = params.model_dump(mode="json")
    again = IMAGE.parse(stored, PAIR)
    assert isinstance(again, ResolvedParameters)
    assert again == params


@pytest.mark.parametrize(
    ("params", "pointer", "code"),
    [
        ({"style_weights": [1, 2]}, "/params/style_weights", "style_weights_mismatch"),
        ({"start": "image"}, "/init", "invalid_value"),
    ],
)
def test_parameters_that_contradict_the_inputs_are_refused(
    params: dict[str, JsonValue], pointer: str, code: str
) -> None:
    with pytest.raises(RefusedParams) as refused:
        IMAGE.parse(params, PAIR)
    assert (refused.value.pointer, refused.value.code) == (pointer, code)


def test_a_start_that_nothing_starts_from_is_refused() -> None:
    with pytest.raises(RefusedParams, match="start is content"):
        IMAGE.parse({}, {**PAIR, "init": picture()})


def test_commands_are_numbered_from_one() -> None:
    command = Command(sequence=1, verb=Verb.CHANGE, values={"style_strength": 0.8})
    assert Command.model_validate_json(command.model_dump_json()) == command
    with pytest.raises(ValueError, match="sequence"):
        Command(sequence=0, verb=Verb.CANCEL)
