"""A style of the library: what a client may name instead of sending a painting."""

import re
from datetime import datetime
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from app.contract.inputs import Facts
from app.contract.packs.reading import PackFacts

#: Longer names are nobody's; those of uploaded paintings are `sty_` and 32 digits.
UPLOADED = "sty_"
_STYLE_ID = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")


def is_style_id(text: str) -> bool:
    """Tell whether `text` has the form of a style's id."""
    return _STYLE_ID.fullmatch(text) is not None


def style_id_of(job_id: str) -> str:
    """Return the id of the style that a job makes: the same however often it runs."""
    return f"{UPLOADED}{job_id.removeprefix('job_')}"


class PublishedStyle(NamedTuple):
    """What a finished job puts into the library; its result is the pack.

    Attributes:
        title: what to call it.
        license: under which it may be used, if known.
        picture: the name of the input that is its painting.
    """

    title: str
    license: str | None
    picture: str


class StylePack(BaseModel):
    """The small network that paints in a style.

    Attributes:
        sha256: of the file.
        bytes: of the file.
        network: its architecture.
        license: of its numbers, as it says.
        origin: who made it, as it says.
        judgement: the judge's numbers, by name.
        trained_by: the job that made it, if that was one of this service.
    """

    model_config = ConfigDict(frozen=True)

    sha256: str
    bytes: int
    network: str
    license: str
    origin: str
    judgement: dict[str, FiniteFloat] = {}
    trained_by: str | None = None

    @classmethod
    def of(cls, facts: PackFacts, *, trained_by: str | None = None) -> Self:
        """Return what the library tells of a pack that was checked."""
        return cls(
            sha256=facts.sha256,
            bytes=facts.size_bytes,
            network=facts.architecture,
            license=facts.info.licence,
            origin=facts.info.origin,
            judgement=dict(facts.info.judgement),
            trained_by=trained_by,
        )


class Style(BaseModel):
    """One style of the library: a painting, a pack, or both.

    Attributes:
        id: `starry_night` of one that came with the service, `sty_…` of an uploaded.
        sha256: of the normalized picture, as `Input.sha256`.
        width: of the normalized picture, in pixels.
        builtin: whether it came with the service.
        artist: who painted it, if known.
        license: under which the picture may be used, if known.
        source: where the picture was taken from, if known.
        created_at: when it was uploaded; None if it came with the service.
        pack: the network that paints in it, if there is one.
        paintable: whether the picture is the painting; else it is a sample of what the
            pack paints, which nothing can be optimized for.
    """

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(examples=["starry_night"])]
    title: str
    sha256: str
    width: int
    height: int
    media_type: str = "image/png"
    builtin: bool = False
    artist: str | None = None
    license: str | None = None
    source: str | None = None
    created_at: datetime | None = None
    pack: StylePack | None = None
    paintable: bool = True

    @property
    def facts(self) -> Facts:
        """What a job's record says of the picture, as of one that was sent."""
        size: Facts = {"width": self.width, "height": self.height}
        return size if self.paintable else {**size, "paintable": False}
