"""What the handlers of operations work with; `app.main` sets one up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.estimates import Estimator, StateReader
from app.http.services import dependency
from app.operations.health import Readiness
from app.operations.metrics import Exposition


@dataclass(frozen=True, kw_only=True)
class OperationsDependencies:
    """How the service stands, in several forms."""

    estimator: Estimator
    state: StateReader
    exposition: Exposition
    check_readiness: Callable[[], Readiness]


TheOperationsDependencies = Annotated[
    OperationsDependencies, Depends(dependency(OperationsDependencies))
]
