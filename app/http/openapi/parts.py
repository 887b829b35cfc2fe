"""Parts that the descriptions of several operations' answers have in common."""

from app.http.openapi.description import Document

FILE: Document = {"type": "string", "contentMediaType": "application/octet-stream"}


def answer(description: str, headers: Document | None = None) -> Document:
    """Return the description of an answer, without its body's."""
    return {"description": description, **({"headers": headers} if headers else {})}


def header(description: str, *, type_: str = "string", **schema: object) -> Document:
    """Return the description of an answer's header."""
    return {"description": description, "schema": {"type": type_, **schema}}


RETRY_AFTER = header(
    "Seconds until asking again is worth while.", type_="integer", minimum=1
)
LOCATION = header("Where it is.", format="uri")
REPLAYED = header("`true`: an earlier request with this key made it.")
