"""Conditional requests: does the client have this already (RFC 9110, 13.1.2)."""


def is_not_modified(if_none_match: str | None, etag: str) -> bool:
    """Tell whether `If-None-Match` names `etag`, weak or strong alike."""
    if if_none_match is None:
        return False
    candidates = [each.strip() for each in if_none_match.split(",")]
    return "*" in candidates or _opaque(etag) in map(_opaque, candidates)


def _opaque(etag: str) -> str:
    return etag.removeprefix("W/")
