"""`impasto submit`: send pictures to a service, wait, save the new ones."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands import connection as c
from app.commands import options as o
from app.commands import submission_options as s
from app.commands.outputs import ForceOption
from app.commands.pairs import layer_weights, masks, notes, rungs, seconds
from app.commands.paths import a_path
from app.commands.sending import Sending, send_many, send_one
from app.commands.subjects import Plan, plan_of
from app.commands.terminal import complain, service
from app.contract.kinds.image.choices import Preset
from app.painting import ended_by_signals


def submit(
    content: Annotated[
        Path,
        typer.Argument(
            metavar="CONTENT",
            parser=a_path,
            help="The photograph, or a folder of photographs.",
        ),
    ],
    style: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="STYLE",
            parser=a_path,
            help="The paintings: files, or folders of them. Up to four are blended "
            "into one picture; --each makes one with each.",
            show_default=False,
        ),
    ] = None,
    more_content: s.MoreContentOption = None,
    style_id: s.StyleIdOption = None,
    each: s.EachOption = None,
    mask: o.MaskOption = None,
    style_mask: o.StyleMaskOption = None,
    init: o.InitImageOption = None,
    out: s.OutOption = None,
    picture_format: s.FormatOption = None,
    quality: s.QualityOption = None,
    force: ForceOption = False,
    wait: s.WaitOption = True,
    preset: o.PresetOption = Preset.STANDARD,
    size: o.SizeOption = 512,
    working_size: o.WorkingSizeOption = None,
    style_strength: o.StrengthOption = None,
    content_strength: o.StrengthOption = None,
    stroke_strength: o.StrengthOption = None,
    style_weight: o.StyleWeightOption = None,
    color: o.ColorOption = None,
    style_scale: o.StyleScaleOption = None,
    total_variation: o.TotalVariationOption = None,
    start: o.StartOption = None,
    seed: o.SeedOption = None,
    steps: o.StepsOption = None,
    rung: o.RungOption = None,
    optimizer: o.OptimizerOption = None,
    learning_rate: o.LearningRateOption = None,
    learning_rate_schedule: o.LearningRateScheduleOption = None,
    gradient_clip: o.GradientClipOption = None,
    averaging: o.AveragingOption = None,
    early_stop: o.EarlyStopOption = None,
    network: o.NetworkOption = None,
    style_loss: o.StyleLossOption = None,
    style_layer: o.StyleLayerOption = None,
    content_layer: o.ContentLayerOption = None,
    pooling: o.PoolingOption = None,
    precision: o.PrecisionOption = None,
    memory: o.MemoryOption = None,
    tile_size: o.TileSizeOption = None,
    cancel_after: s.CancelAfterOption = None,
    ttl: s.TtlOption = None,
    priority: s.PriorityOption = None,
    metadata: s.MetadataOption = None,
    webhook: s.WebhookOption = None,
    idempotency_key: s.IdempotencyKeyOption = None,
    reuse: s.ReuseOption = True,
    url: c.UrlOption = c.DEFAULT_URL,
    api_key: c.ApiKeyOption = None,
    as_json: c.JsonOption = False,
) -> None:
    """Paint photographs in the manner of paintings: send, wait, save."""
    plan = plan_of([content, *(more_content or ())], style or (), style_id or (), each)
    for words in plan.left_out:
        complain(words)
    sending = Sending(
        out=out,
        format=picture_format,
        quality=quality,
        wait=wait,
        force=force,
        as_json=as_json,
        params=_parameters(locals()),  # every option is there by its name
        idempotency_key=idempotency_key,
        extras=_pictures(mask, style_mask, init),
        common={
            "cancel_after": seconds("--cancel-after", cancel_after),
            "ttl_seconds": seconds("--ttl", ttl),
            "priority": priority,
            "metadata": notes("--metadata", metadata),
            "webhook": None if webhook is None else {"url": webhook},
            "reuse": reuse,
        },
    )
    _require_one_for_masks(plan, sending)
    with ended_by_signals(), service(url, api_key, as_json=as_json) as client:
        if plan.is_one:
            send_one(client, plan, sending)
        else:
            send_many(client, plan, sending)


#: Parameters that are options of the same name and kind.
_PLAIN = (
    "preset", "size", "working_size", "steps", "style_strength", "content_strength",
    "stroke_strength", "network", "style_loss", "total_variation", "pooling", "color",
    "style_scale", "start", "seed", "optimizer", "learning_rate",
    "learning_rate_schedule", "gradient_clip", "averaging", "early_stop", "precision",
    "memory", "tile_size",
)  # fmt: skip


# Any: each option has a type of its own, which typer has checked.
def _parameters(options: dict[str, Any]) -> dict[str, object]:
    """Return a job's `params` from the options by their names."""
    return {
        **{name: options[name] for name in _PLAIN},
        "rungs": rungs("--rung", options["rung"]),
        "style_weights": options["style_weight"] or None,
        "style_layers": layer_weights("--style-layer", options["style_layer"]),
        "content_layers": layer_weights("--content-layer", options["content_layer"]),
    }


def _pictures(
    mask: list[Path] | None, style_mask: list[Path] | None, init: Path | None
) -> dict[str, Any]:
    """Return the further pictures that were named, by the client's words."""
    named = {"masks": masks(mask), "style_masks": masks(style_mask), "init": init}
    return {name: pictures for name, pictures in named.items() if pictures}


def _require_one_for_masks(plan: Plan, sending: Sending) -> None:
    if sending.extras and not plan.is_one:
        raise typer.BadParameter(
            "masks and --init belong to one picture: name one photograph, and --blend"
        )
