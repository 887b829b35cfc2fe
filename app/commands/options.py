"""The options that say which pictures, what becomes of them, and for how long.

What the picture looks like is in `parameters`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.completion import complete_style_ids
from app.commands.pairs import notes, seconds
from app.commands.paths import Destination, a_destination, a_path
from app.contract.priorities import Priority
from app.terminal import Format, Saving

#: Where options stand in a command's help.
PICTURES, RESULT, _JOB = "Pictures", "Result", "Job"


# Any: typer's own.
def out_option(text: str, *flags: str, panel: str | None = None) -> Any:
    """Return the option that says where something is saved; `--out` if no flag is."""
    return typer.Option(
        *(flags or ("--out", "-o")),
        metavar="PATH",
        parser=a_destination,
        help=text,
        rich_help_panel=panel,
    )


OutOption = Annotated[
    Destination | None,
    out_option(
        "Where to save the picture: a file (*.png, *.jpg, *.webp, *.avif) or a "
        "folder; a slash at the end makes it one.",
        panel=RESULT,
    ),
]
WaitOption = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait",
        help="Wait for the picture and save it, or print the job's id and go.",
        rich_help_panel=RESULT,
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        "-f",
        help="Overwrite files that are there; without it a terminal is asked.",
        rich_help_panel=RESULT,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter that is to be different: steps=500; repeat.",
    ),
]
PriorityOption = Annotated[
    Priority | None,
    typer.Option(
        help="How soon, among the jobs that wait; normal if left out.",
        rich_help_panel=_JOB,
    ),
]
IdempotencyKeyOption = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help="Sent again with the same key, a submission makes no second job.",
        rich_help_panel=_JOB,
    ),
]


@dataclass(frozen=True, kw_only=True)
class SaveOptions:
    """As what a picture is saved."""

    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="What kind of file; the name's ending says it if left out.",
            rich_help_panel=RESULT,
        ),
    ] = None
    quality: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100,
            help="Of a JPEG, WebP or AVIF, 1 to 100.",
            rich_help_panel=RESULT,
        ),
    ] = None
    force: ForceOption = False

    @property
    def ending(self) -> str:
        """What the usual names end with."""
        return (self.format or Format.PNG).ending

    def saving(self, path: Path) -> Saving:
        """Return how a picture is saved at `path`."""
        return Saving(path=path, format=self.format, quality=self.quality)


@dataclass(frozen=True, kw_only=True)
class PictureOptions:
    """Which photographs and paintings."""

    content: Annotated[
        Path,
        typer.Argument(
            metavar="CONTENT",
            parser=a_path,
            help="The photograph, or a folder of photographs.",
        ),
    ]
    style: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="STYLE",
            parser=a_path,
            help="The paintings: files, or folders of them. Up to four are blended "
            "into one picture; --each makes one with each.",
            show_default=False,
        ),
    ] = None
    more_content: Annotated[
        list[Path] | None,
        typer.Option(
            "--content",
            "-c",
            metavar="FILE",
            parser=a_path,
            help="One more photograph, or a folder of them; repeat.",
            rich_help_panel=PICTURES,
        ),
    ] = None
    style_id: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="A painting of the service's library (impasto styles); repeat.",
            rich_help_panel=PICTURES,
            autocompletion=complete_style_ids,
        ),
    ] = None
    each: Annotated[
        bool | None,
        typer.Option(
            "--each/--blend",
            help="A picture for each painting, or one with all of them blended. "
            "Several photographs, or a folder of paintings, mean --each if neither is "
            "said.",
            rich_help_panel=PICTURES,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """What is asked of a job whatever it makes."""

    cancel_after: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Cancel the job if it is not done in time: 90s, 5m, 1h.",
            rich_help_panel=_JOB,
        ),
    ] = None
    ttl: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Keep the pictures for so long after the end: 2h, 3d.",
            rich_help_panel=_JOB,
        ),
    ] = None
    priority: PriorityOption = None
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="A note of your own that the job shows; repeat.",
            rich_help_panel=_JOB,
        ),
    ] = None
    webhook: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Whom the service tells when the job has ended.",
            rich_help_panel=_JOB,
        ),
    ] = None
    idempotency_key: IdempotencyKeyOption = None
    reuse: Annotated[
        bool,
        typer.Option(
            "--reuse/--no-reuse",
            help="Take the picture of an equal job that you sent before, if there is "
            "one.",
            rich_help_panel=_JOB,
        ),
    ] = True

    # Any: handed on to the client, which knows each one's type.
    def terms(self) -> dict[str, Any]:
        """Return them as the client takes them, for jobs and for batches.

        Raises:
            BadParameter: A time or a note is not of its form.
        """
        return {
            "cancel_after": seconds("--cancel-after", self.cancel_after),
            "ttl_seconds": seconds("--ttl", self.ttl),
            "priority": self.priority,
            "metadata": notes("--metadata", self.metadata),
            "webhook": None if self.webhook is None else {"url": self.webhook},
            "reuse": self.reuse,
        }

    def key(self, number: int) -> str | None:
        """Return the idempotency key of the request `number`, from 0."""
        if self.idempotency_key is None or number == 0:
            return self.idempotency_key
        return f"{self.idempotency_key}-{number}"
