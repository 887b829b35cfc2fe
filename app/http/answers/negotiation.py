"""Content negotiation: which media type the client likes best (RFC 9110, 12.5.1)."""

from collections.abc import Sequence


def accepts(accept: str | None, media_type: str) -> bool:
    """Tell whether an `Accept` header admits `media_type`; without one all is well."""
    return preferred(accept, [media_type]) is not None


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the media type that the client likes best; None if it admits none.

    The most specific range decides about a type, so that `*/*, image/png;q=0` refuses
    PNG. Of types that are liked alike, the first one offered is taken.
    """
    if accept is None or not accept.strip():
        return offered[0]
    quality_of = dict(_read_range(part) for part in accept.split(","))
    best = max(offered, key=lambda each: _quality(quality_of, each))
    return best if _quality(quality_of, best) > 0 else None


def _quality(quality_of: dict[str, float], media_type: str) -> float:
    main_type = media_type.partition("/")[0]
    for candidate in (media_type, f"{main_type}/*", "*/*"):
        if candidate in quality_of:
            return quality_of[candidate]
    return 0.0


def _read_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _read_quality(value.strip())
    return name, 1.0


def _read_quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 1.0  # Unreadable: as if it had not been sent.
    return quality if 0 <= quality <= 1 else 1.0  # NaN is neither.
