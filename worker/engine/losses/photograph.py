"""What the picture is where no painting governs: the photograph, pixel by pixel.

Feature maps see colours only roughly, so these places would drift with the strokes
beside them. Knows pixels and masks, no network.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Photograph:
    """What the picture shall be where no painting governs.

    Attributes:
        image: (N, 3, H, W).
        shares: (1, 1, H, W), how much of each pixel no painting governs.
        weight: of the mean squared difference of colours, against the style loss.
    """

    image: Tensor
    shares: Tensor
    weight: float

    def distance(self, pastiche: Tensor) -> Tensor:
        """Return the weighted mean squared difference, (N,), of (N, 3, H, W)."""
        difference = self.shares * (pastiche - self.image).square()
        return self.weight * difference.mean(dim=(1, 2, 3))
