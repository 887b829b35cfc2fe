"""What the handlers of styles work with; `app.main` sets one up."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from app.http.multipart import FormLimits
from app.intake import IntakeRules
from app.styles.library import StyleLibrary


@dataclass(frozen=True, kw_only=True)
class StyleDesk:
    """The library, and what bounds an upload into it."""

    library: StyleLibrary
    intake: IntakeRules
    form: FormLimits
    #: Bodies read at once, and how long another waits for its turn.
    uploads: CapacityLimiter
    upload_patience_s: float
    #: Pictures decoded at once, for submissions and styles together.
    decodes: CapacityLimiter
    large_decodes: CapacityLimiter


def _desk_of(request: Request) -> StyleDesk:
    desk: StyleDesk = request.app.state.style_desk
    return desk


TheStyleDesk = Annotated[StyleDesk, Depends(_desk_of)]
