"""Why parameters are refused that are well-formed each."""

from pydantic import JsonValue


class RefusedParams(ValueError):  # noqa: N818 - it is no fault of ours
    """Parameters contradict the inputs or each other.

    Attributes:
        pointer: JSON pointer to the field.
        code: of the problem, as clients read it.
        limit: what is allowed.
        actual: what came.
    """

    def __init__(
        self,
        pointer: str,
        detail: str,
        code: str = "invalid_value",
        limit: JsonValue = None,
        actual: JsonValue = None,
    ) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.code = code
        self.limit = limit
        self.actual = actual
