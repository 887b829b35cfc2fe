"""What a job has made: named files, one of which is the result."""

from pydantic import BaseModel, ConfigDict

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
