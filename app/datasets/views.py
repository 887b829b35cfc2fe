"""Data sets as a client reads them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.datasets.catalogue import DatasetFacts


class SplitView(BaseModel):
    """How many pictures are for what."""

    train: Annotated[int, Field(description="What a training learns from.")]
    held_out: Annotated[int, Field(description="What it is judged by.")]


class DatasetView(BaseModel):
    """One data set."""

    object: Literal["dataset"] = "dataset"
    name: Annotated[
        str, Field(description="What a training names.", examples=["builtin"])
    ]
    pictures: Annotated[int, Field(description="Of both parts together.")]
    split: SplitView
    licenses: Annotated[
        list[str],
        Field(
            description="Of its pictures, each once; a style that is trained on them "
            "may be bound by these. Unknown ones are not in the list.",
            examples=[["CC0", "public domain"]],
        ),
    ]
    sha256: Annotated[
        str, Field(description="Of its manifest: equal ones have equal pictures.")
    ]

    @classmethod
    def of(cls, facts: DatasetFacts) -> "DatasetView":
        """Return the facts for a client."""
        return cls(
            name=facts.name,
            pictures=facts.pictures,
            split=SplitView(train=facts.train, held_out=facts.held_out),
            licenses=list(facts.licences),
            sha256=facts.sha256,
        )


class DatasetsView(BaseModel):
    """All data sets."""

    data: Annotated[list[DatasetView], Field(description="`builtin` first.")]
