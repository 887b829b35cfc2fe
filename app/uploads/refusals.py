"""The problems of uploads."""

from app.contract.uploads import Upload
from app.problems import ProblemCode, ProblemError, too_large


def unknown(upload_id: str) -> ProblemError:
    """Return the problem of an upload that is not there, or another key's."""
    detail = f"There is no upload {upload_id[:100]!r}."
    return ProblemError(ProblemCode.UPLOAD_NOT_FOUND, detail)


def expired(upload: Upload) -> ProblemError:
    """Return the problem of an upload that is past its time."""
    detail = f"The upload expired at {upload.expires_at:%Y-%m-%dT%H:%M:%SZ}."
    return ProblemError(ProblemCode.UPLOAD_EXPIRED, detail)


def incomplete(upload: Upload) -> ProblemError:
    """Return the problem of a job that names an upload which is not whole."""
    detail = f"{upload.size_bytes} bytes of the upload have arrived; more is to follow."
    return ProblemError(ProblemCode.UPLOAD_INCOMPLETE, detail)


def mismatch(upload: Upload, came: int | None = None) -> ProblemError:
    """Return the problem of bytes that cannot be appended.

    Args:
        upload: as it stands.
        came: where they were to begin; None if another request took the upload over.
    """
    offset = upload.size_bytes
    if upload.is_complete:
        detail = f"The upload is complete with {offset} bytes; nothing may follow."
    elif came is None:
        detail = f"Another request writes to the upload; {offset} bytes have arrived."
    else:
        detail = f"The upload goes on at {offset}; Upload-Offset was {came}."
    return ProblemError(
        ProblemCode.UPLOAD_OFFSET_MISMATCH,
        detail,
        headers={"Upload-Offset": str(offset)},
        extra={"offset": offset, "expected-offset": offset, "provided-offset": came},
    )


def over_limit(most_bytes: int, came_bytes: int | None) -> ProblemError:
    """Return the problem of a file that is too long; None while it still arrives."""
    came = "more" if came_bytes is None else f"{came_bytes} bytes"
    detail = f"An upload may have {most_bytes} bytes; {came} came."
    return too_large(detail, most_bytes, came_bytes)


def over_quota(most_bytes: int, held_bytes: int) -> ProblemError:
    """Return the problem of a key whose unused uploads would hold too much."""
    detail = (
        f"Uploads that no job has named may hold {most_bytes} bytes together; those of "
        f"the key hold {held_bytes} without the rest of this one."
    )
    code = ProblemCode.UPLOAD_QUOTA_EXCEEDED
    return too_large(detail, most_bytes, held_bytes, code=code)
