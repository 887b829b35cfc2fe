"""What a picture shall be pixel by pixel, where that is known.

Where no painting governs it is the photograph: feature maps see colours only roughly,
so these places would drift with the strokes beside them. In a clip it is the paint of
frames before, carried along the motion. Knows pixels and masks, no network.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class PixelGoal:
    """Colours that the picture shall have.

    Attributes:
        image: (N, 3, H, W).
        shares: (1, 1, H, W), how much each pixel counts.
        weight: of the mean squared difference of colours, against the style loss.
    """

    image: Tensor
    shares: Tensor
    weight: float

    def distance(self, pastiche: Tensor) -> Tensor:
        """Return the weighted mean squared difference, (N,), of (N, 3, H, W).

        Source: Ruder, Dosovitskiy and Brox 2016, eq. 7, for frames before.
        """
        difference = self.shares * (pastiche - self.image).square()
        return self.weight * difference.mean(dim=(1, 2, 3))
