"""`impasto submit`: send pictures to a service, wait, save the new ones."""

from typing import Annotated

import typer

from app.commands.bundles import command
from app.commands.connection import ServiceOptions
from app.commands.options import (
    JobOptions,
    OutOption,
    PictureOptions,
    SaveOptions,
    WaitOption,
)
from app.commands.parameters.kinds import Asked, KindOptions
from app.commands.sending import Sending, send_many, send_one
from app.commands.subjects import plan_of
from app.commands.terminal import complain
from app.terminal import ended_by_signals


@command
def submit(
    *,
    pictures: PictureOptions,
    out: OutOption = None,
    saving: SaveOptions,
    wait: WaitOption = True,
    asked: Annotated[Asked, KindOptions(with_files=True)],
    job: JobOptions,
    service: ServiceOptions,
) -> None:
    """Paint photographs in the manner of paintings: send, wait, save."""
    contents = [pictures.content, *(pictures.more_content or ())]
    plan = plan_of(
        contents,
        pictures.style or (),
        pictures.style_id or (),
        pictures.each,
        asked.kind,
    )
    for words in plan.left_out:
        complain(words)
    sending = Sending(
        plan=plan,
        asked=asked,
        out=out,
        saving=saving,
        wait=wait,
        terms=job.terms(),
        key=job.key,
        as_json=service.as_json,
    )
    if asked.files and not plan.is_one:
        raise typer.BadParameter(
            "masks and --init belong to one picture: name one photograph, and --blend"
        )
    with ended_by_signals(), service.client() as client:
        if plan.is_one:
            send_one(client, sending)
        else:
            send_many(client, sending)
