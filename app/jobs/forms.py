"""From a multipart form to a `Submission`: which fields there are, and how often."""

from collections.abc import Collection, Sequence
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile

from app.contract.choices import Network, Start
from app.contract.limits import MAX_STYLES
from app.contract.parameters import StyleTransferParameters
from app.jobs.fields import (
    KNOWN_FIELDS,
    METADATA,
    PARAMETER_FIELDS,
    REPEATED_FIELDS,
    STYLE_WEIGHT,
    STYLE_WEIGHTS,
    nearest_field,
)
from app.jobs.parameters import read_metadata, read_parameters
from app.jobs.pictures import PictureSet
from app.jobs.submit import Submission
from app.problems import FieldError, ProblemCode, ProblemError

#: What `FormData` holds, or nothing.
_Part = UploadFile | str | None


def read_submission(form: FormData, networks: Collection[Network]) -> Submission:
    """Return what the form asks for.

    Args:
        form: as it came.
        networks: those that this service offers.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind, or two
            of them contradict each other.
    """
    _check_names(form)
    pictures = _pictures(form)
    params = _parameters(form)
    metadata = read_metadata(_text(form, METADATA)) if METADATA in form else {}
    _require_one_weight_each(params, len(pictures.styles))
    _require_init_for_its_start(params, pictures)
    _require_network(params.network, networks)
    return Submission(pictures=pictures, params=params, metadata=metadata)


def _check_names(form: FormData) -> None:
    for name in form:
        count = len(form.getlist(name))
        if name not in KNOWN_FIELDS:
            raise _unknown_field(name[:100])
        if count > 1 and name not in REPEATED_FIELDS:
            detail = f"{name} came {count} times; once is allowed."
            raise _refusal(ProblemCode.DUPLICATE_FIELD, name, detail, 1, count)
    if STYLE_WEIGHT in form and STYLE_WEIGHTS in form:
        detail = f"{STYLE_WEIGHTS} and {STYLE_WEIGHT} say the same; send one of them."
        raise _refusal(ProblemCode.DUPLICATE_FIELD, STYLE_WEIGHTS, detail)


def _pictures(form: FormData) -> PictureSet[BinaryIO]:
    content = _file(form.get("content"), "content", ProblemCode.MISSING_CONTENT)
    parts: Sequence[_Part] = form.getlist("style") or (None,)
    if (count := len(parts)) > MAX_STYLES:
        detail = f"{count} paintings came; {MAX_STYLES} are allowed."
        raise _refusal(ProblemCode.TOO_MANY_STYLES, "style", detail, MAX_STYLES, count)
    styles = tuple(_file(each, "style", ProblemCode.MISSING_STYLE) for each in parts)
    init = form.get("init")
    return PictureSet(
        content=content,
        styles=styles,
        masks=_masks(form, "mask", len(styles)),
        style_masks=_masks(form, "style_mask", len(styles)),
        init=None if _is_empty(init) else _file(init, "init"),
    )


def _masks(form: FormData, name: str, limit: int) -> tuple[BinaryIO | None, ...]:
    """Return the files of a name; an empty part stands for a painting without one."""
    parts = form.getlist(name)
    if (count := len(parts)) > limit:
        detail = (
            f"{name} came {count} times and style {limit} times; each painting may "
            "have one."
        )
        raise _refusal(ProblemCode.TOO_MANY_MASKS, name, detail, limit, count)
    return tuple(None if _is_empty(each) else _file(each, name) for each in parts)


def _is_empty(part: _Part) -> bool:
    """Whether nothing was chosen in a browser's field, or the text is empty."""
    if isinstance(part, UploadFile):
        return not (part.filename or part.size)
    return not part


def _file(
    part: _Part, name: str, missing: ProblemCode = ProblemCode.INVALID_VALUE
) -> BinaryIO:
    if isinstance(part, UploadFile) and not _is_empty(part):
        return part.file
    if isinstance(part, str):
        detail = f"{name} came as text; send a file (curl: -F {name}=@picture.jpg)."
    else:
        detail = f"There is no file {name} in the form."
    raise _refusal(missing, name, detail)


def _parameters(form: FormData) -> StyleTransferParameters:
    texts = {name: _text(form, name) for name in PARAMETER_FIELDS if name in form}
    weights = [_as_text(each, STYLE_WEIGHT) for each in form.getlist(STYLE_WEIGHT)]
    return read_parameters(texts, weights)


def _text(form: FormData, name: str) -> str:
    return _as_text(form[name], name)


def _as_text(part: _Part, name: str) -> str:
    if isinstance(part, str):
        return part
    detail = f"{name} came as a file; send its value as text."
    raise _refusal(ProblemCode.INVALID_VALUE, name, detail)


def _require_one_weight_each(params: StyleTransferParameters, styles: int) -> None:
    if params.style_weights is None or len(params.style_weights) == styles:
        return
    count = len(params.style_weights)
    detail = f"The number of weights is {count}, that of paintings is {styles}."
    code = ProblemCode.STYLE_WEIGHTS_MISMATCH
    raise _refusal(code, f"params/{STYLE_WEIGHTS}", detail, styles, count)


def _require_init_for_its_start(
    params: StyleTransferParameters, pictures: PictureSet[BinaryIO]
) -> None:
    if params.start is Start.IMAGE and pictures.init is None:
        detail = "start=image needs the picture to start from: the file init."
        raise _refusal(ProblemCode.INVALID_VALUE, "init", detail)
    if params.start is not Start.IMAGE and pictures.init is not None:
        detail = f"The file init is for start=image; start is {params.start}."
        raise _refusal(ProblemCode.INVALID_VALUE, "params/start", detail)


def _require_network(network: Network, offered: Collection[Network]) -> None:
    if network not in offered:
        detail = f"This service offers {', '.join(offered)}; {network} was asked for."
        error = FieldError(
            field="/params/network",
            code="not_offered",
            message=detail,
            limit=[*offered],
            actual=network,
        )
        raise ProblemError(ProblemCode.INVALID_VALUE, detail, [error])


def _unknown_field(name: str) -> ProblemError:
    nearest = nearest_field(name)
    hint = f"; was {nearest} meant?" if nearest else "."
    detail = f"There is no field {name!r}{hint}"
    return _refusal(ProblemCode.UNKNOWN_FIELD, name, detail)


def _refusal(
    code: ProblemCode,
    name: str,
    detail: str,
    limit: int | None = None,
    actual: int | None = None,
) -> ProblemError:
    error = FieldError(
        field=f"/{name}", code=code, message=detail, limit=limit, actual=actual
    )
    return ProblemError(code, detail, [error])
