"""What each view shall look like at each scale; remembered while the scale lasts."""

from collections import OrderedDict
from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import StyleLoss
from app.contract.painting.ladder import Rung
from worker.cloudfile.cloud import Floats
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.images import framed, to_tensor
from worker.engine.losses.objective import LayerGoal, LossWeights, Objective
from worker.engine.losses.target_builder import StyleTargets, TargetBuilder
from worker.engine.options import StylizeOptions
from worker.engine.painting.job import style_size
from worker.engine.pointcloud.holes import filled
from worker.engine.pointcloud.views import Views
from worker.engine.styles import Region

#: The contents' feature maps; what is older is read again when it is needed.
_KEPT_BYTES = 512 * 2**20
#: A view of which so little is covered has no statistics.
_LEAST_COVER = 1e-3


def at_scale(picture: Tensor, cover: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """Return a view made smaller by a whole factor, and what is covered of it."""
    if factor == 1:
        return picture, cover
    return F.avg_pool2d(picture, factor), F.avg_pool2d(cover, factor)


class ViewObjectives:
    """The objectives of one job's views.

    Args:
        network: the feature extractor.
        hyperparameters: layers and their weights.
        views: what the cameras see.
        contents: (N, 3), the colours whose views are the contents.
        style_images: RGB.
        weights: of the paintings, adding up to 1.
        style_scale: size of the strokes.
        check: called several times a second; may raise.
    """

    def __init__(
        self,
        network: FeatureExtractor,
        hyperparameters: Hyperparameters,
        views: Views,
        contents: Floats,
        style_images: Sequence[Image.Image],
        weights: Sequence[float],
        style_scale: float,
        check: InterruptionCheck,
    ) -> None:
        self._network = network
        self._views, self._contents = views, contents
        self._style_images, self._weights = style_images, weights
        self._style_scale = style_scale
        self._builder = TargetBuilder(
            network=network,
            hyperparameters=hyperparameters,
            options=StylizeOptions(style_loss=StyleLoss.WASSERSTEIN),
            check_interruption=check,
        )
        self._factor = 0
        self._targets: StyleTargets = {}
        self._goals: OrderedDict[int, dict[str, LayerGoal] | None] = OrderedDict()

    def objective(
        self, number: int, factor: int, weights: LossWeights
    ) -> Objective | None:
        """Return the objective of a view made smaller by `factor`.

        None where the view shows nothing of the cloud.
        """
        if factor != self._factor:
            self._factor = factor
            self._goals.clear()
            self._targets = self._style_targets(self._views.side_px // factor)
        if number not in self._goals:
            self._goals[number] = self._view_goals(number, factor)
            self._forget()
        self._goals.move_to_end(number)
        goals = self._goals[number]
        if goals is None:
            return None
        return Objective(goals, weights, StyleLoss.WASSERSTEIN)

    def _view_goals(self, number: int, factor: int) -> dict[str, LayerGoal] | None:
        picture, cover = self._views.picture(number, self._contents)
        picture, cover = at_scale(picture, cover, factor)
        if float(cover.mean()) < _LEAST_COVER:
            return None
        image = framed(filled(picture, cover).clamp(0, 1)).to(self._network.device)
        shares = framed(cover).to(self._network.device)
        region = Region(self._members, shares, 1.0)
        return self._builder.goals(image, [region], [self._targets])

    def _style_targets(self, scale_px: int) -> StyleTargets:
        rung = Rung(width_px=scale_px, height_px=scale_px, steps=1)
        mixture = []
        for image, weight in zip(self._style_images, self._weights, strict=True):
            size = style_size(image, rung, self._style_scale)
            painting = to_tensor(image, *size).to(self._network.device)
            mixture.append((self._builder.style_moments(painting, None), weight))
        return self._builder.style_targets(mixture)

    @property
    def _members(self) -> tuple[tuple[int, float], ...]:
        return tuple(enumerate(self._weights))

    def _forget(self) -> None:
        """Let go of the views that were painted longest ago, but for the last one."""
        while len(self._goals) > 1 and self._size_bytes > _KEPT_BYTES:
            self._goals.popitem(last=False)

    @property
    def _size_bytes(self) -> int:
        return sum(
            goal.content_maps.nbytes
            for goals in self._goals.values()
            for goal in (goals or {}).values()
            if goal.content_maps is not None
        )


def enlarged_gradient(gradient: Tensor, factor: int, side_px: int) -> Floats:
    """Return (3, side, side), the adjoint of `at_scale`, of (1, 3, h, w)."""
    wide = gradient[0].repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    missing = side_px - wide.shape[1]
    wide = F.pad(wide, (0, missing, 0, missing)) / factor**2
    found: Floats = wide.contiguous().cpu().numpy()
    return found
