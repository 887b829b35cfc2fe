"""How parameters are shown that several kinds have."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from app.contract.form import FieldHints

AnyPreset = TypeVar("AnyPreset", bound=str)

LOOK = "Look"
STRENGTH = "0 to 1; 0.5 if left out."


def told(group: str, **helps: str) -> Iterator[FieldHints]:
    """Yield the hints of parameters that need a heading and a few words alone."""
    for name, text in helps.items():
        yield FieldHints(name=name, group=group, help=text)


def preset_hints(steps: Mapping[AnyPreset, int]) -> FieldHints:
    """Return those of presets that stand for so many steps."""
    return FieldHints(
        name="preset",
        group=LOOK,
        help="How much time it may take.",
        is_basic=True,
        label="Time to take",
        notes={name: f"{count} steps" for name, count in steps.items()},
        sets={name: {"steps": count} for name, count in steps.items()},
    )


def content_hints(label: str) -> FieldHints:
    """Return those of how closely the content is kept, by a page's words for it."""
    return FieldHints(
        name="content_strength",
        group=LOOK,
        help=STRENGTH,
        label=label,
        ends=("let go", "held fast"),
    )


def color_hints(content: str) -> FieldHints:
    """Return those of whose colours it has: the painting's or the content's."""
    return FieldHints(
        name="color",
        group=LOOK,
        help="Whose colours.",
        label="Whose colours",
        names={"style": "Painting’s", "content": content},
    )


def seed_hints(noun: str) -> FieldHints:
    """Return those of the seed of a picture, or of what else is made."""
    return FieldHints(
        name="seed",
        group=LOOK,
        help=f"Same seed, same {noun}.",
        label="Seed",
        blank="a new one",
    )


STYLE_STRENGTH = FieldHints(
    name="style_strength",
    group=LOOK,
    help=STRENGTH,
    label="The painting’s hand",
    ends=("barely there", "all over"),
)
STYLE_WEIGHTS = FieldHints(
    name="style_weights",
    group=LOOK,
    help="How much the k-th painting counts; 1 if not set; repeat.",
    value="NUMBER",
    each_of="style",
)
