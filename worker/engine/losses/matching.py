"""Style losses that match places: hypercolumns choose, like from like if asked.

Sources: Kolkin et al. 2022 (`nearest`; NNST, section 3), Kolkin, Salavon and
Shakhnarovich 2019 (`optimal_transport`; STROTSS, eqs. 3 to 6). Departures: two layers,
each centred and of length 1 before they are put together, so that neither outweighs the
other; features of a position's middle where they enlarge maps; `nearest` is balanced
(`losses.choice`). In place of STROTSS's moments and palette terms, and of NNST's
colours afterwards, the Gaussian Wasserstein distance holds two shallow layers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from app.contract.painting.choices import Precision, StyleLoss
from app.contract.painting.layers import by_depth
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.hyperparameters import Hyperparameters, share_of
from worker.engine.losses.choice import StrokeTarget
from worker.engine.losses.distances import StyleTarget
from worker.engine.losses.feature_pass import (
    FeaturePass,
    SharesByLayer,
    map_size,
    positions_of,
    read_rows,
    shares_at,
)
from worker.engine.losses.kinds import averaged_around, directions, joint_kinds
from worker.engine.losses.sampling import CountsAs, carried
from worker.engine.losses.statistics import Moments, exact
from worker.engine.losses.strokes import Kinds, MatchedRegion, StrokeTerm
from worker.engine.options import StylizeOptions
from worker.engine.styles import Region

#: The name of what surrounds the places, beside the layers' rows.
AROUND = "around"


def guide_of(hyperparameters: Hyperparameters) -> str:
    """Return the deepest layer whose places are matched; its features tell kinds."""
    return by_depth(hyperparameters.matched_layers)[-1]


def matched_together(hyperparameters: Hyperparameters) -> list[list[str]]:
    """Return layers that are read at common places: hypercolumns, or each alone."""
    strokes = hyperparameters.stroke_layers if hyperparameters.stroke_weight else {}
    if not hyperparameters.matching_weight:
        return [[layer] for layer in strokes]
    columns = [*by_depth(hyperparameters.matched_layers)]
    return [*([layer] for layer in strokes if layer not in columns), columns]


def mirrored_rows(
    network: FeatureExtractor,
    style_image: Tensor,
    image_mask: Tensor | None,
    together: Sequence[Sequence[str]],
    most: int,
    check_interruption: InterruptionCheck,
    tile_px: int | None,
    guide: str | None = None,
) -> dict[str, Tensor]:
    """Return features, (Q, C) by layer, of a painting and its mirror image.

    Args:
        network: the feature extractor.
        style_image: (1, 3, H, W).
        image_mask: (1, 1, H, W), where the painting counts.
        together: layers that are read at common places, from shallow to deep.
        most: places of each, chosen at random, always the same.
        check_interruption: called now and then; may raise.
        tile_px: read tiles of this size; all at once if None.
        guide: layer whose features around the places are wanted, too, as `AROUND`.
    """
    both = torch.cat((style_image, style_image.flip(3)), dim=3)
    mask = None
    if image_mask is not None:
        mask = torch.cat((image_mask, image_mask.flip(3)), dim=3)
    random = torch.Generator().manual_seed(0)
    positions = {}
    for layers in together:
        deepest = network.stride(layers[-1])
        size = map_size(both, deepest)
        shares = None if mask is None else shares_at(mask, deepest)
        found = positions_of(shares, size)
        found = found[torch.randperm(len(found), generator=random)[:most]]
        for layer in layers:
            stride = network.stride(layer)
            places = carried(found, size, map_size(both, stride), (deepest, stride))
            positions[layer] = places.to(style_image.device)
    rows = read_rows(network, both, positions, check_interruption, tile_px)
    if guide is not None:
        stride = network.stride(guide)
        width, long_side = map_size(both, stride)[1], max(map_size(style_image, stride))
        rows[AROUND] = averaged_around(rows[guide], positions[guide], width, long_side)
    return rows


def rows_of_all(
    name: str,
    mixture: Sequence[tuple[Mapping[str, Moments], float]],
    rows: Sequence[Mapping[str, Tensor]],
) -> list[tuple[Tensor, float]]:
    """Return these features, and the part, of each painting that has some."""
    return [
        (each[name], part)
        for each, (_, part) in zip(rows, mixture, strict=False)
        if name in each
    ]


def matching_term(
    network: FeatureExtractor,
    hyperparameters: Hyperparameters,
    options: StylizeOptions,
    shares: SharesByLayer,
    found: Mapping[str, FeaturePass],
    regions: Sequence[Region],
    targets: Sequence[Mapping[str, StyleTarget]],
) -> StrokeTerm:
    """Return the term of a loss that matches places, over hypercolumns.

    Args:
        network: the feature extractor.
        hyperparameters: layers and weights.
        options: the job's.
        shares: of the regions at each layer.
        found: what the photograph showed.
        regions: of the picture.
        targets: of each region.
    """
    matched, guide = hyperparameters.matched_layers, guide_of(hyperparameters)
    parts = {layer: share_of(matched, layer) for layer in by_depth(matched)}
    size, deepest = found[guide].size, network.stride(guide)
    everywhere = torch.arange(size[0] * size[1])
    layers: dict[str, tuple[float, Tensor | None]] = {}
    for layer, part in parts.items():
        strides = (deepest, network.stride(layer))
        places = carried(everywhere, size, found[layer].size, strides)
        is_same = deepest == strides[1]
        layers[layer] = (part, None if is_same else places.to(network.device))
    made = []
    for region, target, each in zip(regions, targets, shares[guide], strict=True):
        columns = zip(*(target[layer].strokes for layer in parts), strict=True)
        choosing = MatchedRegion(
            targets=[StrokeTarget.joined(c, list(parts.values())) for c in columns],
            weight=hyperparameters.matching_weight * region.weight,
            eligible=positions_of(each, size),
        )
        maps = found[guide].maps
        if maps is not None and target[guide].strokes[0].around is not None:
            choosing = guided(choosing, maps, target[guide].strokes, options.seed)
        made.append(choosing)
    return StrokeTerm(
        layers,
        made,
        seed=options.seed,
        is_rough=network.precision is not Precision.FLOAT32,
        counts_as=CountsAs.STYLE,
        is_mutual=options.style_loss is StyleLoss.OPTIMAL_TRANSPORT,
    )


def guided(
    region: MatchedRegion,
    content_maps: Tensor,
    targets: Sequence[StrokeTarget],
    seed: int,
) -> MatchedRegion:
    """Return a region whose positions choose places of their own kind.

    How much each place is used follows the photograph: if half of it is sky, so is half
    of what is used of the painting.

    Args:
        region: what its positions choose from.
        content_maps: (N, C, H, W), of the photographs.
        targets: of each picture, the same places at the same layer.
        seed: of the clusters.
    """
    kinds, made = [], []
    here = region.eligible.to(content_maps.device)
    everywhere = torch.arange(content_maps[0, 0].numel(), device=content_maps.device)
    size = content_maps.shape[2:]
    for maps, places, target in zip(content_maps, targets, region.targets, strict=True):
        if places.around is None:
            raise ValueError("the painting's places have no surroundings")
        rows = exact(maps.flatten(1).mT)
        around = averaged_around(rows, everywhere, size[1], max(size))
        found, wanted = joint_kinds(directions(around), places.around, seed)
        kinds.append(Kinds(found, wanted))
        shares = found[here].mean(dim=0) if len(here) else found.mean(dim=0)
        # The painting's own shares are divided out; a kind that it lacks has no place.
        usual = (target.masses @ wanted).clamp_min(1e-3)
        masses = target.masses * (wanted @ (shares / usual))
        made.append(replace(target, masses=masses / masses.sum()))
    return replace(region, targets=made, kinds=kinds)
