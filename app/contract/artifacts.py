"""What a job has made: named files, one of which is the result."""

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from app.contract.inputs import Facts

#: The name of the file that a job is done for.
RESULT = "result"


class Artifact(BaseModel):
    """One finished file; `blob_key` contains the attempt that made it."""

    model_config = ConfigDict(frozen=True)

    blob_key: str
    media_type: str
    bytes: int
    sha256: str
    facts: Facts = {}


class FileView(BaseModel):
    """A further file of a result, as clients see it."""

    name: Annotated[str, Field(description="Which one it is.")]
    media_type: Annotated[str, Field(description="As stored.")]
    bytes: Annotated[int, Field(description="How large it is.")]
    url: Annotated[str, Field(description="Where the file is.")]


def further_files(artifacts: Mapping[str, Artifact]) -> dict[str, Artifact]:
    """Return what a job has made besides its result, by name."""
    return {name: each for name, each in artifacts.items() if name != RESULT}


def shown_files(
    artifacts: Mapping[str, Artifact], url_of: Callable[[str], str]
) -> list[FileView]:
    """Return the further files as clients see them."""
    return [
        FileView(
            name=name,
            media_type=each.media_type,
            bytes=each.bytes,
            url=url_of(f"/files/{quote(name)}"),
        )
        for name, each in further_files(artifacts).items()
    ]
