"""Pages of the library: a cursor says behind which painting the next one begins."""

import base64

from app.contract.styles import Style
from app.problems import FieldError, ProblemCode, ProblemError
from app.styles.gallery import STYLE_IDS


def cursor_after(style: Style) -> str:
    """Return the cursor that stands behind this painting, also when it is deleted."""
    text = "/".join(_place(style))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after_cursor(styles: list[Style], cursor: str) -> list[Style]:
    """Return the paintings behind the cursor.

    Raises:
        ProblemError: No page has answered such a cursor.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.urlsafe_b64decode(padded.encode("ascii")).decode()
        time, style_id = text.split("/")
    except ValueError as error:
        raise _bad_cursor() from error
    return [style for style in styles if _place(style) > (time, style_id)]


def _place(style: Style) -> tuple[str, str]:
    """Return what orders the library: those of the service, networks last; by time."""
    if style.created_at is None:
        place = STYLE_IDS.index(style.id) if style.id in STYLE_IDS else len(STYLE_IDS)
        return "", f"{place:02d}{style.id}"
    return style.created_at.isoformat(timespec="microseconds"), style.id


def _bad_cursor() -> ProblemError:
    detail = "cursor is not one that a page has answered."
    error = FieldError(field="/cursor", code="invalid_cursor", message=detail)
    return ProblemError(ProblemCode.INVALID_VALUE, detail, [error])
