"""One picture through its passes: what each pass makes, put together.

Knows tensors, resident networks and shares; no files, no choice of styles.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from app.contract.packs.architectures import Architecture
from worker.engine.errors import NumericalDivergenceError
from worker.engine.features.extractor import InterruptionCheck
from worker.engine.feedforward.dither import dithered
from worker.engine.feedforward.network import TransformNetwork
from worker.engine.feedforward.padding import on_grid
from worker.engine.feedforward.styles import Pass
from worker.engine.feedforward.texture import random_phase_texture
from worker.engine.images import to_tensor

#: A network takes a few megabytes.
_KEPT_NETWORKS = 16
#: Of the texture at full strength. The judge's shallow and deep errors together,
#: without and with it: at 256 px 0.665 and 0.648, 0.519 and 0.488, 0.431 and 0.420; at
#: 192 px 0.512 and 0.512, 0.621 and 0.623, 0.595 and 0.520. Twice as much is no better;
#: nor is a second pass over the first one's picture, nor a style moved on from the
#: photograph's.
_MOST_TEXTURE = 0.25
_LEAST_SHARE = 1e-6


class Repainter:
    """Resident networks, by their keys; the least recently used makes room.

    Args:
        device: where they compute.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._networks: OrderedDict[str, TransformNetwork] = OrderedDict()

    def hold(self, key: str, shape: Architecture, kernels: Mapping[str, Tensor]) -> str:
        """Make a network resident, and return its key."""
        if key not in self._networks:
            self._networks[key] = TransformNetwork(shape, kernels, self._device)
        self._networks.move_to_end(key)
        while len(self._networks) > _KEPT_NETWORKS:
            self._networks.popitem(last=False)
        return key

    def repainted(
        self,
        image: Tensor,
        work: Sequence[Pass],
        strength: float,
        check: InterruptionCheck,
    ) -> Tensor:
        """Return the networks' picture; above 0.5 they are shown some texture, too.

        But for a picture of one colour, which stays even.

        Args:
            image: (1, 3, H, W), of 8 bits.
            work: by networks that are held.
            strength: above 0, at most 1.
            check: called many times a second.

        Raises:
            NumericalDivergenceError: a pack's numbers overflow.
        """
        seen = dithered(image)
        beyond = 2 * strength - 1
        if beyond > 0 and not _is_one_color(image):
            texture = self._texture(image, seen, work, check)
            seen = (seen + _MOST_TEXTURE * beyond * texture).clamp_(0, 1)
        return self._once(image, seen, work, check)

    def _texture(
        self,
        image: Tensor,
        seen: Tensor,
        work: Sequence[Pass],
        check: InterruptionCheck,
    ) -> Tensor:
        """Return all styles' textures, (1, 3, H, W), each where it goes.

        That of a style without a painting is the picture's that its network makes.
        """
        size, texture = image.shape[2:], torch.zeros_like(image)
        for each in work:
            share = each.share.to(self._device)
            for painting, part in each.paintings:
                if painting is None:
                    source = self._once(image, seen, [each], check)
                else:
                    source = to_tensor(painting, *painting.size)
                made = random_phase_texture(source, *size).to(self._device)
                texture += share * part * made
        return texture

    def _once(
        self,
        image: Tensor,
        seen: Tensor,
        work: Sequence[Pass],
        check: InterruptionCheck,
    ) -> Tensor:
        """Return all passes' pictures of what is seen, the image where none is."""
        height_px, width_px = image.shape[2:]
        padded, mixed = on_grid(seen), torch.zeros((), device=self._device)
        for each in work:
            made = self._networks[each.network](padded, each.condition, check)
            made = made[..., :height_px, :width_px]
            mixed = made.mul_(each.share.to(self._device)).add_(mixed)
        if not bool(torch.isfinite(mixed).all()):
            raise NumericalDivergenceError(
                "a network's picture is not finite: one of its packs is no good"
            )
        shares = torch.stack([each.share for each in work]).sum(dim=0).to(self._device)
        picture = mixed.div_(shares.clamp_min(_LEAST_SHARE)).sigmoid_()
        return picture.sub_(image).mul_(shares).add_(image)


def _is_one_color(image: Tensor) -> bool:
    lowest, highest = image.aminmax(dim=2)
    return bool((lowest.amin(dim=2) == highest.amax(dim=2)).all())
