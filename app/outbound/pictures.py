"""Pictures that a submission names by URL: off unless the operator turned it on."""

from dataclasses import dataclass

from app.outbound.client import OutboundClient, OutboundLimits
from app.outbound.errors import ForbiddenUrlError, OutboundError
from app.problems import FieldError, ProblemCode, ProblemError

_LONGEST_ECHO = 100


@dataclass(frozen=True)
class PictureFetcher:
    """Fetches one file after the other; whether it is a picture, others judge."""

    client: OutboundClient
    limits: OutboundLimits
    is_enabled: bool = False

    def fetch(self, url: str, field: str) -> bytes:
        """Return the bytes that `url` has.

        Args:
            url: What the client wrote.
            field: Where, as a JSON pointer: `/content/url`.

        Raises:
            ProblemError: `url_input_disabled`, `url_forbidden` or `url_fetch_failed`.
        """
        if not self.is_enabled:
            detail = "This service takes no URLs of pictures; send the picture itself."
            raise _refusal(ProblemCode.URL_INPUT_DISABLED, detail, url, field)
        try:
            return self.client.fetch(url, self.limits)
        except ForbiddenUrlError as error:
            code = ProblemCode.URL_FORBIDDEN
            raise _refusal(code, str(error), url, field) from error
        except OutboundError as error:
            code = ProblemCode.URL_FETCH_FAILED
            raise _refusal(code, str(error), url, field) from error


def _refusal(code: ProblemCode, detail: str, url: str, field: str) -> ProblemError:
    entry = FieldError(
        field=field, code=code, message=detail, actual=url[:_LONGEST_ECHO]
    )
    return ProblemError(code, f"{field[1:]}: {detail}", [entry])
