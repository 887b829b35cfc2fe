import pytest

from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from tests.app.conftest import ApiHarness
from tests.kinds.echo.kind import ECHO

BOTH = Kinds((*KINDS, ECHO))


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness(kinds=BOTH)
