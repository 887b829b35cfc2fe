"""What forms say of parameters goes with the parameters, and with their schema."""

import pytest
from pydantic import BaseModel

from app.contract.engines import sent_model
from app.contract.form import FieldHints, form_schema, hints_of
from app.contract.kind import AnyKind
from app.contract.kinds import KINDS


@pytest.mark.parametrize("kind", [*KINDS], ids=lambda kind: kind.name)
def test_each_hint_is_of_a_parameter_or_a_slot(kind: AnyKind) -> None:
    names = {*kind.sent.model_fields, *(slot.name for slot in kind.slots)}
    assert set(hints_of(kind.sent)) <= names


@pytest.mark.parametrize("kind", [*KINDS], ids=lambda kind: kind.name)
def test_what_a_choice_sets_and_needs_is_allowed(kind: AnyKind) -> None:
    for name, hints in hints_of(kind.sent).items():
        for choice in (*hints.names, *hints.notes, *hints.sets, *hints.needs_file):
            model = sent_model(kind.engines, {name: choice}, kind.sent)
            assert model.model_validate({name: choice})
        for values in hints.sets.values():
            assert kind.sent.model_validate(values)


def test_hints_keep_their_order_in_the_schema_and_others_come_after() -> None:
    class Sent(
        BaseModel,
        json_schema_extra=form_schema(
            [
                FieldHints(name="z", group="Last"),
                FieldHints(name="b", ends=("no", "all")),
            ]
        ),
    ):
        a: int = 1
        b: float = 0.5
        z: int = 1

    assert Sent.model_json_schema()["x-form"] == [
        {"name": "z", "group": "Last"},
        {"name": "b", "ends": ["no", "all"]},
    ]
    assert [*hints_of(Sent)] == ["z", "b", "a"]
    assert hints_of(Sent)["b"].ends == ("no", "all")
