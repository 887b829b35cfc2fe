"""What a job has made: named files, one of which is the result."""

from typing import Annotated

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
