"""The options that say which pictures, what becomes of them, and for how long.

What the picture looks like is in `options`.
"""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.completion import complete_style_ids
from app.commands.options import PICTURES
from app.commands.paths import Destination, a_destination, a_path
from app.contract.priorities import Priority
from app.painting import Format

#: Where options stand in a command's help.
RESULT, JOB = "Result", "Job"

OutOption = Annotated[
    Destination | None,
    typer.Option(
        "--out",
        "-o",
        metavar="PATH",
        parser=a_destination,
        help="Where to save the picture: a file (*.png, *.jpg, *.webp, *.avif) or a "
        "folder; a slash at the end makes it one.",
        rich_help_panel=RESULT,
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="What kind of file; the name's ending says it if left out.",
        rich_help_panel=RESULT,
    ),
]
QualityOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=100,
        help="Of a JPEG, WebP or AVIF, 1 to 100.",
        rich_help_panel=RESULT,
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

MoreContentOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--content",
        "-c",
        metavar="FILE",
        parser=a_path,
        help="One more photograph, or a folder of them; repeat.",
        rich_help_panel=PICTURES,
    ),
]
StyleIdOption = Annotated[
    list[str] | None,
    typer.Option(
        "--style-id",
        metavar="ID",
        help="A painting of the service's library (impasto styles); repeat.",
        rich_help_panel=PICTURES,
        autocompletion=complete_style_ids,
    ),
]
EachOption = Annotated[
    bool | None,
    typer.Option(
        "--each/--blend",
        help="A picture for each painting, or one with all of them blended. Several "
        "photographs, or a folder of paintings, mean --each if neither is said.",
        rich_help_panel=PICTURES,
    ),
]

CancelAfterOption = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Cancel the job if it is not done in time: 90s, 5m, 1h.",
        rich_help_panel=JOB,
    ),
]
TtlOption = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Keep the pictures for so long after the end: 2h, 3d.",
        rich_help_panel=JOB,
    ),
]
PriorityOption = Annotated[
    Priority | None,
    typer.Option(
        help="How soon, among the jobs that wait; normal if left out.",
        rich_help_panel=JOB,
    ),
]
MetadataOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="A note of your own that the job shows; repeat.",
        rich_help_panel=JOB,
    ),
]
WebhookOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Whom the service tells when the job has ended.",
        rich_help_panel=JOB,
    ),
]
IdempotencyKeyOption = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help="Sent again with the same key, a submission makes no second job.",
        rich_help_panel=JOB,
    ),
]
ReuseOption = Annotated[
    bool,
    typer.Option(
        "--reuse/--no-reuse",
        help="Take the picture of an equal job that you sent before, if there is one.",
        rich_help_panel=JOB,
    ),
]
