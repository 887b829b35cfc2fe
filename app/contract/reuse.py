"""Which jobs make the same picture: equal inputs, equal parameters, equal algorithm."""

import hashlib
import json

from app.contract.jobs import InputImage, NewJob

#: The engine's name for how it paints; a test holds it equal to the engine's own.
ALGORITHM = "impasto-wasserstein@3"


def fingerprint_of(job: NewJob) -> str:
    """Return what two jobs of one owner share that make the same picture.

    The owner is a part of it: a key must not learn what others have sent.
    """
    pictures = job.input
    made_of = {
        "owner": job.owner,
        "algorithm": ALGORITHM,
        "params": job.params.model_dump(mode="json"),
        "content": _sha256(pictures.content),
        "styles": [_sha256(each) for each in pictures.styles],
        "masks": [_sha256(each) for each in pictures.masks],
        "style_masks": [_sha256(each) for each in pictures.style_masks],
        "init": _sha256(pictures.init),
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _sha256(image: InputImage | None) -> str | None:
    return None if image is None else image.sha256
