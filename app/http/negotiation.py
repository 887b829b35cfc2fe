"""Content negotiation: may the answer have this media type (RFC 9110, 12.5.1)."""


def accepts(accept: str | None, media_type: str) -> bool:
    """Tell whether an `Accept` header admits `media_type`; without one all is well.

    The most specific range decides, so that `*/*, image/png;q=0` refuses PNG.
    """
    if accept is None or not accept.strip():
        return True
    quality_of = dict(_read_range(part) for part in accept.split(","))
    main_type = media_type.partition("/")[0]
    for candidate in (media_type, f"{main_type}/*", "*/*"):
        if candidate in quality_of:
            return quality_of[candidate] > 0
    return False


def _read_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _read_quality(value.strip())
    return name, 1.0


def _read_quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0  # Unreadable: as if it had not been sent.
