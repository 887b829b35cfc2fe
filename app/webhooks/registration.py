"""Judges the `webhook` of a submission before anything is stored."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from app.contract.messages.webhooks import Webhook
from app.outbound import ForbiddenUrlError
from app.problems import FieldError, ProblemCode, ProblemError
from app.webhooks.signatures import parse_secret

_LONGEST_ECHO = 100
_CODE_OF_TYPE = {"extra_forbidden": ProblemCode.UNKNOWN_FIELD}


@dataclass(frozen=True)
class Registrar:
    """Accepts webhooks whose URL may be called, as far as is known now."""

    #: Raises ForbiddenUrlError; resolves the host, so it may take seconds.
    check_url: Callable[[str], None]

    def accept(self, value: JsonValue) -> Webhook:
        """Return what a client wrote as `webhook`, if it is in order.

        Raises:
            ProblemError: `invalid_value`, `unknown_field` or `webhook_url_forbidden`.
        """
        try:
            webhook = Webhook.model_validate(value)
        except ValidationError as error:
            raise _invalid(error) from error
        if webhook.secret is not None:
            _require_secret(webhook.secret)
        try:
            self.check_url(webhook.url)
        except ForbiddenUrlError as error:
            code, detail = ProblemCode.WEBHOOK_URL_FORBIDDEN, str(error)
            entry = FieldError(
                field="/webhook/url",
                code=code,
                message=detail,
                actual=webhook.url[:_LONGEST_ECHO],
            )
            raise ProblemError(code, f"webhook/url: {detail}", [entry]) from error
        return webhook


def _require_secret(secret: str) -> None:
    try:
        parse_secret(secret)
    except ValueError as error:
        # What came is not told back: it is a secret.
        entry = FieldError(
            field="/webhook/secret", code="invalid_secret", message=str(error)
        )
        detail = f"webhook/secret: {error}."
        raise ProblemError(ProblemCode.INVALID_VALUE, detail, [entry]) from error


def _invalid(error: ValidationError) -> ProblemError:
    entries = [_entry(each) for each in error.errors(include_url=False)]
    first = error.errors()[0]["type"]
    code = _CODE_OF_TYPE.get(first, ProblemCode.INVALID_VALUE)
    detail = f"{entries[0].field[1:]}: {entries[0].message}."
    return ProblemError(code, detail, entries)


def _entry(each: ErrorDetails) -> FieldError:
    # A JSON pointer: RFC 6901, 3.
    parts = (str(part)[:_LONGEST_ECHO] for part in each["loc"])
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    path = "/".join(["/webhook", *escaped])
    return FieldError(field=path, code=each["type"], message=each["msg"])
