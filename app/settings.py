"""The numbers of the API and of webhooks, each read once, by its process."""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from app.contract.kinds.video.limits import MAX_FRAMES, MAX_PIXELS, MAX_SECONDS
from app.stores.settings import StoreSettings, split

#: As browsers send it (RFC 6454, 6.1).
_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9._\-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
)


class OutboundSettings(StoreSettings):
    """Where requests may go that strangers ask us to make."""

    allow_private_urls: Annotated[
        bool,
        Field(
            description="URLs of pictures and webhooks may lead to private addresses "
            "and to every port, and webhooks may use http."
        ),
    ] = False
    webhook_http: Annotated[
        bool, Field(description="Webhooks may use http too, not https alone.")
    ] = False

    @model_validator(mode="after")
    def _one_secret_for_all_hosts(self) -> Self:
        """Refuse a secret for each host: none could verify what another has signed."""
        if self.blobs_url is not None and self.secret is None:
            raise ValueError(
                "IMPASTO_SECRET must be set, to the same on all hosts, where "
                "IMPASTO_BLOBS_URL is: there may be no common disk to keep one on"
            )
        return self

    @property
    def webhook_schemes(self) -> frozenset[str]:
        """The schemes that a webhook's URL may have."""
        is_http_allowed = self.webhook_http or self.allow_private_urls
        return frozenset({"https", "http"} if is_http_allowed else {"https"})


class WebhookSettings(OutboundSettings):
    """What the process needs that delivers webhooks."""

    webhook_secrets: Annotated[
        tuple[str, ...],
        NoDecode,  # the environment's text is no JSON: see `split`
        BeforeValidator(split),
        Field(
            repr=False,
            description="whsec_ and base64, with commas between, the newest first: all "
            "of them sign what has no secret of its own. Left out, one is derived from "
            "IMPASTO_SECRET or drawn; `impasto webhooks --show-secret` tells it.",
        ),
    ] = ()
    webhook_threads: Annotated[
        int, Field(ge=1, le=64, description="Messages that are sent at the same time.")
    ] = 8


class ApiSettings(OutboundSettings):
    """What the API needs beside the stores; `IMPASTO_` before each name."""

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="0 draws a free one.")] = (
        8000
    )
    public_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^\s/]+(/[^\s]*[^\s/])?$",
            description="How clients reach the service, without a slash at the end; "
            "taken from each request's Host if left out.",
        ),
    ] = None

    url_inputs: Annotated[
        bool, Field(description="Pictures may be given by their https URL.")
    ] = False
    url_timeout_s: Annotated[
        float, Field(gt=0, description="A picture's URL must answer in so long.")
    ] = 15.0

    max_body_bytes: Annotated[int, Field(ge=1, description="Largest request body.")] = (
        64 * 2**20
    )
    max_upload_bytes: Annotated[
        int, Field(ge=1, description="Largest file of `POST /v1/uploads`.")
    ] = 512 * 2**20
    upload_bytes_per_key: Annotated[
        int,
        Field(
            ge=1,
            description="So much may the uploads hold that one API key has made and "
            "named in no job.",
        ),
    ] = 2 * 2**30
    max_image_bytes: Annotated[
        int, Field(ge=1, description="Largest picture file.")
    ] = 20 * 2**20
    max_image_pixels: Annotated[
        int,
        Field(
            ge=1,
            description="Most pixels of a picture, checked undecoded; JPEG and HEIC "
            "may have 1.6 times as many.",
        ),
    ] = 40_000_000
    min_image_side_px: Annotated[
        int, Field(ge=1, description="Shortest side of a picture.")
    ] = 32
    max_image_aspect: Annotated[
        float, Field(ge=1, description="Long side over short side, at most.")
    ] = 8.0
    stored_side_px: Annotated[
        int,
        Field(
            ge=64,
            description="Pictures are scaled down to this long side before they are "
            "stored, or to the size of the result if that is larger.",
        ),
    ] = 2048
    max_video_seconds: Annotated[float, Field(gt=0, description="Longest clip.")] = (
        MAX_SECONDS
    )
    max_video_frames: Annotated[
        int, Field(ge=1, description="Most frames of a clip.")
    ] = MAX_FRAMES
    max_video_pixels: Annotated[
        int, Field(ge=1, description="Most pixels of a clip's frame.")
    ] = MAX_PIXELS
    decodes_at_once: Annotated[
        int, Field(ge=1, description="Pictures decoded at the same time.")
    ] = 2

    library_limit: Annotated[
        int, Field(ge=0, description="So many paintings may be put into the library.")
    ] = 500

    uploads_at_once: Annotated[
        int,
        Field(
            ge=1,
            description="Bodies read at the same time, and as many files of "
            "`/v1/uploads`; others wait.",
        ),
    ] = 32
    batches_at_once: Annotated[
        int,
        Field(ge=1, description="Bodies of batches among them; each is 33 files long."),
    ] = 4
    errands_at_once: Annotated[
        int,
        Field(ge=1, description="Foreign hosts asked at once, for pictures and hooks."),
    ] = 8
    waits_at_once: Annotated[
        int,
        Field(
            ge=0,
            description="Submissions that wait for their job's end at the same time; "
            "others are answered at once.",
        ),
    ] = 200
    upload_patience_s: Annotated[
        float, Field(gt=0, description="An upload waits so long for its turn.")
    ] = 10.0
    body_idle_s: Annotated[
        float, Field(gt=0, description="Longest pause within a body.")
    ] = 5.0
    body_grace_s: Annotated[
        float, Field(gt=0, description="From here on the mean rate is watched.")
    ] = 5.0
    min_body_bytes_per_s: Annotated[
        float, Field(ge=0, description="Lowest mean rate of a body.")
    ] = 16 * 2**10
    max_body_s: Annotated[
        float, Field(gt=0, description="Longest time for a whole body.")
    ] = 300.0
    max_upload_s: Annotated[
        float,
        Field(
            gt=0,
            description="Longest time for one request that brings a file to "
            "`/v1/uploads`; another one may go on.",
        ),
    ] = 3600.0
    header_deadline_s: Annotated[
        float, Field(gt=0, description="Longest time for a request's head.")
    ] = 5.0

    download_redirects: Annotated[
        bool,
        Field(
            description="Who fetches a result is sent to the object storage, by a URL "
            "that is signed for some minutes; clients must reach it. Off, the API "
            "passes the bytes on."
        ),
    ] = False
    keys_file: Annotated[
        Path | None,
        Field(description="The file of API keys; keys.json in the data directory."),
    ] = None
    api_keys_sha256: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...],
        NoDecode,
        BeforeValidator(split),
        Field(
            description="SHA-256 of further API keys with every scope, in hexadecimal, "
            "with commas between."
        ),
    ] = ()
    submissions_per_minute: Annotated[
        int, Field(ge=1, description="Submissions of one API key within a minute.")
    ] = 30
    polls_per_second: Annotated[
        int,
        Field(ge=1, description="How often a second one API key may ask for jobs."),
    ] = 10
    cors_origins: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(split),
        Field(
            description="Origins whose pages may read the answers, with commas "
            "between: https://example.org."
        ),
    ] = ()

    keep_alive_s: Annotated[
        float,
        Field(gt=0, description="A connection may idle so long between requests."),
    ] = 5.0
    limit_concurrency: Annotated[
        int, Field(ge=1, description="Connections at once; beyond it 503.")
    ] = 4000
    shutdown_grace_s: Annotated[
        int, Field(ge=0, description="Requests under way get so long at shutdown.")
    ] = 10
    tidy_interval_s: Annotated[
        float, Field(gt=0, description="Pause between two rounds of the janitor.")
    ] = 1.0

    garbage_interval_s: Annotated[
        float,
        Field(gt=0, description="Pause between two searches for files of no job."),
    ] = 3600.0
    garbage_grace_s: Annotated[
        float,
        Field(
            gt=0,
            description="Files younger than this are spared: a job may be about to "
            "need them.",
        ),
    ] = 3600.0

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin == "*":
                raise ValueError("* is not allowed: list each origin whose pages may")
            if _ORIGIN.fullmatch(origin) is None:
                raise ValueError(
                    "an origin is a scheme, a host in lower case and perhaps a port, "
                    "with nothing after it: https://example.org"
                )
        return value

    @property
    def keys_path(self) -> Path:
        """Where the file of API keys is."""
        return self.keys_file or self.data_dir / "keys.json"
