"""What the handlers of styles work with; `app.main` sets one up."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from app.http.bodies.multipart import FormLimits
from app.intake import IntakeRules
from app.styles.library import StyleLibrary


@dataclass(frozen=True, kw_only=True)
class StyleDependencies:
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


def _dependencies_of(request: Request) -> StyleDependencies:
    style_deps: StyleDependencies = request.app.state.style_deps
    return style_deps


TheStyleDependencies = Annotated[StyleDependencies, Depends(_dependencies_of)]
