"""What an operator can set for a worker; `IMPASTO_` before each name."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.contract.kind import Lane
from app.stores.settings import NetworkName, StoreSettings, split


def _from_json(value: object) -> object:
    """Return what a text says in JSON; what is no text is left as it is."""
    return json.loads(value) if isinstance(value, str) else value


class WorkerSettings(StoreSettings):
    """Read from the environment once, when a worker process starts."""

    device: Annotated[
        str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="Where to compute.")
    ] = "auto"
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16", "half"],
        Field(description="Of the convolutions; everything else is float32."),
    ] = "auto"
    threads: Annotated[
        int | None,
        Field(
            ge=1,
            description="CPU threads, at most a core each; all cores if left out.",
        ),
    ] = None
    niceness: Annotated[
        int,
        Field(
            ge=0,
            le=19,
            description="How far a worker stands back from others on its CPU: 0 not "
            "at all. An API beside it answers sooner; an idle CPU is used in full.",
        ),
    ] = 10
    cache_dir: Annotated[
        Path | None,
        Field(description="Converted weights; the user's cache if not set."),
    ] = None
    convolutions: Annotated[
        Literal["auto", "torch", "winograd"],
        Field(description="Who computes the convolutions on a CPU."),
    ] = "auto"
    weights_paths: Annotated[
        dict[NetworkName, Path],
        NoDecode,  # its own error would not name the value
        BeforeValidator(_from_json),
        Field(
            description="A JSON object of networks and the files of their weights, "
            "for those that do not come with a package."
        ),
    ] = {}  # noqa: RUF012 - pydantic copies it
    weights_download: Annotated[
        bool,
        Field(description="Whether weights that are not there may be downloaded."),
    ] = False
    beat_interval_s: Annotated[
        float,
        Field(
            gt=0,
            description="Between two looks at what is asked of a job: cancel, finish.",
        ),
    ] = 0.1
    progress_interval_s: Annotated[
        float, Field(gt=0, description="Progress is told at most so often.")
    ] = 0.5
    preview_interval_s: Annotated[
        float,
        Field(
            ge=0,
            description="Between two previews, besides the one at each new scale; 0 "
            "makes none.",
        ),
    ] = 1.5
    checkpoint_interval_s: Annotated[
        float,
        Field(
            ge=0,
            description="Between two checkpoints of a job, which goes on from the "
            "newest if its worker is lost; 0 makes none. Rarer where one would cost "
            "more than a hundredth of the time.",
        ),
    ] = 5.0
    lanes: Annotated[
        tuple[Lane, ...],
        NoDecode,  # the environment's text is no JSON: see `split`
        BeforeValidator(split),
        Field(
            min_length=1,
            description="In which lines of jobs this worker looks, with commas "
            "between: short (seconds), long (minutes and hours).",
        ),
    ] = tuple(Lane)
    video_codecs: Annotated[
        tuple[str, ...] | None,
        NoDecode,
        BeforeValidator(split),
        Field(
            description="How clips may be coded, with commas between: h264, vp9, "
            "av1, gif, webp; all that is installed if not set. The encoder of h264 "
            "is under the GPL.",
        ),
    ] = None
    style_cache_bytes: Annotated[
        int,
        Field(
            ge=0,
            description="So much of styles' statistics is remembered for jobs to come; "
            "0 for nothing. A style takes 4 to 8 MB a scale.",
        ),
    ] = 256 * 2**20
    start_timeout_s: Annotated[
        float,
        Field(
            gt=0,
            description="A worker that has not loaded its network by then ends; the "
            "first start may download and convert weights.",
        ),
    ] = 120.0
    stall_s: Annotated[
        float,
        Field(gt=0, description="A job without a sign of life for so long is hung."),
    ] = 120.0
    time_limit_s: Annotated[
        float, Field(gt=0, description="An attempt may take so long.")
    ] = 1800.0
    long_time_limit_s: Annotated[
        float,
        Field(gt=0, description="Likewise of a kind that may take hours: training."),
    ] = 6 * 3600.0
    grace_s: Annotated[
        float,
        Field(ge=0, description="After SIGTERM a running job may end for so long."),
    ] = 8.0
    ledger_patience_s: Annotated[
        float, Field(gt=0, description="A worker waits so long for a lost Redis.")
    ] = 60.0
    storage_patience_s: Annotated[
        float,
        Field(
            gt=0,
            description="A worker waits so long for a storage that is full or away, "
            "its lease renewed; then the job fails with `storage_unavailable`.",
        ),
    ] = 600.0
