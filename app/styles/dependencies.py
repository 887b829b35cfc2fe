"""What the handlers of styles work with; `app.main` sets one up."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends

from app.http.bodies.multipart import FormLimits
from app.http.services import dependency
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


TheStyleDependencies = Annotated[
    StyleDependencies, Depends(dependency(StyleDependencies))
]
