"""What clients ask for, drawn from a seed: the same seed, the same orders.

Knows no HTTP. A variant is a photograph, a painting and a seed; the same variant must
always give the same bytes, whatever happened on the way.
"""

import io
import random
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from PIL import Image


class Verb(StrEnum):
    """What the client does besides waiting."""

    NOTHING = "nothing"
    CANCEL = "cancel"
    FINISH = "finish"
    DELETE = "delete"
    PAUSE = "pause"
    CONTROL = "control"
    BRANCH = "branch"


@dataclass(frozen=True)
class Variant:
    """One picture that can be ordered any number of times."""

    name: str
    content: bytes
    style: bytes
    seed: int
    steps: int
    size: int = 64

    @property
    def fields(self) -> dict[str, str]:
        return {
            "size": str(self.size),
            "steps": str(self.steps),
            "seed": str(self.seed),
            "preset": "draft",
        }


@dataclass
class Submission:
    """One order of a client, and what came of it as the client saw it."""

    key: str
    variant: Variant
    verb: Verb = Verb.NOTHING
    has_webhook: bool = False
    may_reuse: bool = False
    is_poison: bool = False
    #: Set with the 202 or 200: from here on the service owes an end.
    job_id: str | None = None
    cancel_asked: bool = False
    finish_asked: bool = False
    #: The style strengths that were asked for meanwhile, each as often as it was sent.
    controls_sent: list[float] = field(default_factory=list)
    #: A job that went on from the state of this one, to the same picture.
    branch: "Submission | None" = None
    deleted: bool = False
    #: Answers that no client should ever see.
    strange: list[str] = field(default_factory=list)


def draw_variants(
    random_: random.Random, count: int, steps: tuple[int, int]
) -> list[Variant]:
    """Different pictures; few, so that their undisturbed results are cheap to make."""
    return [
        Variant(
            name=f"variant-{number}",
            content=_picture(random_, 64, 48),
            style=_picture(random_, 48, 48),
            seed=random_.randrange(1000),
            steps=random_.randint(*steps),
        )
        for number in range(count)
    ]


def draw_orders(
    random_: random.Random, variants: list[Variant], count: int, seed: int
) -> list[Submission]:
    """Orders of all kinds; exactly one of them is poison."""
    verbs = random_.choices(list(Verb), weights=(50, 8, 8, 10, 8, 8, 8), k=count)
    submissions = [
        Submission(
            key=f"chaos-{seed}-{number}",
            variant=random_.choice(variants),
            verb=verb,
            has_webhook=random_.random() < 0.4,
            may_reuse=random_.random() < 0.1,
        )
        for number, verb in enumerate(verbs)
    ]
    poison = submissions[count // 4]
    poison.is_poison, poison.verb, poison.may_reuse = True, Verb.NOTHING, False
    return submissions


def _picture(random_: random.Random, width_px: int, height_px: int) -> bytes:
    """A PNG of coarse noise, so that there is something to paint."""
    levels = np.frombuffer(random_.randbytes(8 * 8 * 3), np.uint8).reshape(8, 8, 3)
    image = Image.fromarray(levels).resize(
        (width_px, height_px), Image.Resampling.BICUBIC
    )
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
