"""Whether what was trained is good enough to be offered: reasons in words if not.

The bounds lie between trained networks that look right and ones made to be broken
(noise, blur, content lost, one colour, a grid); a test tells them apart.
"""

from worker.engine.training.held_out import HeldOutScore

#: Of the photographs' own style error.
_MOST_STYLE = 0.5
_LEAST_EDGES = 0.4
_MOST_CONTENT = 0.75
#: Of the photographs' distance from the painting's colours, and what is near anyhow.
_MOST_PALETTE, _NEAR_PALETTE = 0.6, 1.5
#: Grain beyond the painting's own or the photographs', in percent of lightness.
_MOST_NOISE = 1.5


def reasons_against(
    score: HeldOutScore, untouched: HeldOutScore, painting_noise: float
) -> tuple[str, ...]:
    """Return what is wrong with a trained network; nothing if it may be offered.

    Args:
        score: of its pictures.
        untouched: of the photographs themselves.
        painting_noise: grain of the painting.
    """
    style = _MOST_STYLE * untouched.style_error
    palette = max(_MOST_PALETTE * untouched.palette_distance, _NEAR_PALETTE)
    noise = max(painting_noise, untouched.noise) + _MOST_NOISE
    checks = (
        (
            score.edge_correlation >= _LEAST_EDGES,
            f"content is lost: edges {score.edge_correlation:.2f}, wanted "
            f"{_LEAST_EDGES:.2f} or more",
        ),
        (
            score.content_error <= _MOST_CONTENT,
            f"content is lost: content error {score.content_error:.2f}, wanted "
            f"{_MOST_CONTENT:.2f} or less",
        ),
        (
            score.style_error <= style,
            f"the style is not met: style error {score.style_error:.2f}, wanted "
            f"{style:.2f} or less",
        ),
        (
            score.palette_distance <= palette,
            f"the colours are not the painting's: palette distance "
            f"{score.palette_distance:.1f}, wanted {palette:.1f} or less",
        ),
        (
            score.noise <= noise,
            f"the pictures are noisy: noise {score.noise:.1f}, wanted {noise:.1f} or "
            "less",
        ),
    )
    return tuple(reason for is_good, reason in checks if not is_good)


def cost_of(score: HeldOutScore) -> float:
    """Return what the best of several steps has least of: error, and content lost."""
    lost_edges = max(0.0, _LEAST_EDGES - score.edge_correlation)
    lost_content = max(0.0, score.content_error - _MOST_CONTENT)
    return score.style_error + 4 * lost_edges + 4 * lost_content
