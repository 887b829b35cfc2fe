"""`impasto submit`: send pictures to a service, wait, save the new one."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.client import ClientError, ImpastoClient, JobJson
from app.commands import options as o
from app.commands.pairs import layer_weights, masks, rungs
from app.commands.terminal import INTERRUPTED, console, fail
from app.contract.choices import Preset
from app.painting import paint, polite_death

DEFAULT_URL = "http://127.0.0.1:8000"


def submit(
    content: Annotated[Path, typer.Argument(help="The photograph.")],
    style: Annotated[list[Path], typer.Argument(help="The paintings, up to four.")],
    out: o.OutOption = Path("pastiche.png"),
    url: o.UrlOption = DEFAULT_URL,
    preset: o.PresetOption = Preset.STANDARD,
    size: o.SizeOption = 512,
    mask: o.MaskOption = None,
    style_mask: o.StyleMaskOption = None,
    init: o.InitOption = None,
    working_size: o.WorkingSizeOption = None,
    steps: o.StepsOption = None,
    rung: o.RungOption = None,
    style_strength: o.StrengthOption = None,
    content_strength: o.StrengthOption = None,
    style_weight: o.StyleWeightOption = None,
    network: o.NetworkOption = None,
    style_loss: o.StyleLossOption = None,
    style_layer: o.StyleLayerOption = None,
    content_layer: o.ContentLayerOption = None,
    total_variation: o.TotalVariationOption = None,
    pooling: o.PoolingOption = None,
    color: o.ColorOption = None,
    style_scale: o.StyleScaleOption = None,
    start: o.StartOption = None,
    seed: o.SeedOption = None,
    optimizer: o.OptimizerOption = None,
    learning_rate: o.LearningRateOption = None,
    learning_rate_schedule: o.LearningRateScheduleOption = None,
    gradient_clip: o.GradientClipOption = None,
    averaging: o.AveragingOption = None,
    early_stop: o.EarlyStopOption = None,
    precision: o.PrecisionOption = None,
    memory: o.MemoryOption = None,
    tile_size: o.TileSizeOption = None,
) -> None:
    """Send a photograph and paintings; wait; save the picture."""
    parameters = {
        "preset": preset,
        "size": size,
        "working_size": working_size,
        "steps": steps,
        "rungs": rungs("--rung", rung),
        "style_strength": style_strength,
        "content_strength": content_strength,
        "style_weights": style_weight or None,
        "network": network,
        "style_loss": style_loss,
        "style_layers": layer_weights("--style-layer", style_layer),
        "content_layers": layer_weights("--content-layer", content_layer),
        "total_variation": total_variation,
        "pooling": pooling,
        "color": color,
        "style_scale": style_scale,
        "start": start,
        "seed": seed,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "learning_rate_schedule": learning_rate_schedule,
        "gradient_clip": gradient_clip,
        "averaging": averaging,
        "early_stop": early_stop,
        "precision": precision,
        "memory": memory,
        "tile_size": tile_size,
    }
    over = {"masks": masks(mask), "style_masks": masks(style_mask)}
    _paint(
        url,
        out,
        lambda client: client.submit(content, style, parameters, init=init, **over),
    )


def _paint(url: str, out: Path, send: Callable[[ImpastoClient], JobJson]) -> None:
    try:
        with polite_death(), ImpastoClient(url) as client:
            paint(client, partial(send, client), out, console)
    except ClientError as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("canceled", code=INTERRUPTED)
    typer.echo(out)
