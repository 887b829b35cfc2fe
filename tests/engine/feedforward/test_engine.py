"""Fast pictures: any size, any mixture, nothing left over, nothing not finite."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.contract.painting.choices import FastNetwork, Keep
from tests.engine.conftest import StoppedError, distance, hills, strokes
from tests.engine.feedforward.conftest import content, levels, painting, psnr
from worker.engine import judge
from worker.engine.features.weights import VggWeights
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.options import FastOptions
from worker.engine.feedforward.styles import FastStyle

SMALL = FastOptions(size_px=128)


def sized(**changes: object) -> FastOptions:
    return FastOptions(**{"size_px": 128, **changes})  # type: ignore[arg-type]


def halves(width_px: int, height_px: int) -> Image.Image:
    """White on the left."""
    mask = Image.new("L", (width_px, height_px), 0)
    ImageDraw.Draw(mask).rectangle((0, 0, width_px // 2 - 1, height_px), fill=255)
    return mask


@pytest.mark.parametrize(
    ("size", "size_px"),
    [((96, 64), 64), ((33, 4096), 256), ((4096, 33), 256), ((61, 47), 183)],
)
def test_the_result_has_the_contents_aspect_at_any_size(
    size: tuple[int, int], size_px: int, fast_engine: FastEngine
) -> None:
    made = fast_engine.stylize(hills(*size), strokes(), FastOptions(size_px=size_px))
    assert max(made.size) == size_px
    assert abs(min(made.size) - min(size) * size_px / max(size)) <= 1


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (64, 64), "black"),
        Image.new("L", (64, 64), 255),
        Image.new("RGB", (64, 64), (200, 30, 90)),
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
    ],
    ids=["black", "white", "red", "transparent"],
)
@pytest.mark.parametrize("color", ["style", "content", "matched"])
def test_one_colour_stays_flat(
    picture: Image.Image, color: str, fast_engine: FastEngine
) -> None:
    for style in (FastStyle(image=strokes()), FastStyle(pack=fast_engine.builtin(2))):
        made = levels(fast_engine.stylize(picture, [style], sized(color=color)))
        assert np.ptp(made, axis=(0, 1)).max() <= 1


def test_a_flat_painting_is_a_style_too(fast_engine: FastEngine) -> None:
    for color in ("black", "white"):
        made = fast_engine.stylize(hills(), Image.new("RGB", (64, 64), color), SMALL)
        assert made.size == (128, 85)


def test_strength_goes_from_the_photograph_to_the_style(
    fast_engine: FastEngine, real_weights: VggWeights
) -> None:
    errors = []
    for strength in (0, 0.25, 0.5, 1):
        options = FastOptions(size_px=160, style_strength=strength)
        made = fast_engine.stylize(content("harbour"), painting("night"), options)
        if strength == 0:
            photograph = content("harbour").resize(made.size, Image.Resampling.LANCZOS)
            assert psnr(made, photograph) >= 40
        report = judge(content("harbour"), painting("night"), made, real_weights)
        errors.append(report.style_error_shallow + report.style_error_deep)
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.6 * errors[0]
    # Beyond the network's picture the judge is met as far as it goes.
    assert errors[3] < errors[2]


def test_beyond_half_strength_an_even_sky_fills(fast_engine: FastEngine) -> None:
    photograph = Image.new("RGB", (128, 96), (140, 170, 210))
    photograph.paste(hills(128, 48), (0, 48))
    for style in (
        FastStyle(image=painting("sunset")),
        FastStyle(pack=fast_engine.builtin(3)),
    ):
        half, more, full = (
            levels(fast_engine.stylize(photograph, [style], sized(style_strength=s)))
            for s in (0.5, 0.75, 1)
        )
        changes = [np.abs(each - half)[:44].mean() for each in (more, full)]
        assert 10 < changes[0] < changes[1]


def test_half_strength_passes_into_more_without_a_jump(
    fast_engine: FastEngine,
) -> None:
    half, next_to_it, full = (
        fast_engine.stylize(hills(), strokes(), sized(style_strength=strength))
        for strength in (0.5, 0.501, 1)
    )
    assert distance(half, next_to_it) < 0.1 * distance(half, full)


def test_little_strength_is_hardly_anything(fast_engine: FastEngine) -> None:
    options = sized(style_strength=0.001, style_scale=2, color="matched")
    made = fast_engine.stylize(hills(128, 96), strokes(), options)
    assert psnr(made, hills(128, 96)) >= 40


def test_a_blend_lies_between_its_styles(fast_engine: FastEngine) -> None:
    one, two = FastStyle(image=painting("night")), FastStyle(image=painting("sunset"))
    first, second, both = (
        fast_engine.stylize(content("harbour"), styles, SMALL)
        for styles in ([one], [two], [one, two])
    )
    apart = distance(first, second)
    assert distance(first, both) < apart
    assert distance(second, both) < apart
    heavy = FastStyle(image=painting("night"), weight=99)
    assert distance(
        first, fast_engine.stylize(content("harbour"), [heavy, two], SMALL)
    ) < (0.1 * apart)


def test_four_equal_styles_are_one(fast_engine: FastEngine) -> None:
    style = FastStyle(image=strokes())
    once, four = (fast_engine.stylize(hills(), [style] * n, SMALL) for n in (1, 4))
    assert np.abs(levels(once) - levels(four)).max() <= 1


def test_styles_of_two_networks_are_mixed(fast_engine: FastEngine) -> None:
    pack, paint = FastStyle(pack=fast_engine.builtin(7)), FastStyle(image=strokes())
    first, second, both = (
        fast_engine.stylize(hills(), styles, SMALL)
        for styles in ([pack], [paint], [pack, paint])
    )
    assert max(distance(first, both), distance(second, both)) < distance(first, second)


def test_each_mask_has_its_style_and_the_edge_is_soft(fast_engine: FastEngine) -> None:
    photograph = content("harbour").resize((256, 192))
    one, two = painting("night"), painting("sunset")
    options = FastOptions(size_px=256)
    masked = fast_engine.stylize(
        photograph,
        [FastStyle(image=one, mask=halves(256, 192)), FastStyle(image=two)],
        options,
    )
    first, second = (
        levels(fast_engine.stylize(photograph, each, options)) for each in (one, two)
    )
    made = levels(masked)
    assert np.abs(made[:, :118] - first[:, :118]).max() <= 1
    assert np.abs(made[:, 138:] - second[:, 138:]).max() <= 1
    middle = np.abs(made[:, 124:132] - first[:, 124:132]).mean()
    assert 1 < middle < np.abs(first[:, 124:132] - second[:, 124:132]).mean()


def test_where_no_style_is_the_photograph_stays(fast_engine: FastEngine) -> None:
    photograph = hills(256, 192)
    made = fast_engine.stylize(
        photograph,
        [FastStyle(image=strokes(), mask=halves(256, 192))],
        FastOptions(size_px=256),
    )
    assert np.abs(levels(made)[:, 140:] - levels(photograph)[:, 140:]).max() <= 1
    assert np.abs(levels(made)[:, :110] - levels(photograph)[:, :110]).mean() > 5


def test_what_is_kept_has_its_share_of_the_photograph(fast_engine: FastEngine) -> None:
    photograph, mask = hills(256, 192), halves(256, 192)
    usual = levels(fast_engine.stylize(photograph, strokes(), sized(size_px=256)))
    shares = []
    for strength in (0.0, 0.4, 1.0):
        options = sized(size_px=256, keep=Keep.MASK, keep_strength=strength)
        made = levels(
            fast_engine.stylize(photograph, strokes(), options, keep_mask=mask)
        )
        assert np.array_equal(made[:, 140:], usual[:, 140:])
        apart = np.abs(levels(photograph) - made)[:, :110].mean()
        shares.append(apart / np.abs(levels(photograph) - usual)[:, :110].mean())
    assert shares == pytest.approx([1, 0.6, 0], abs=0.02)


def test_a_mask_of_what_to_keep_is_asked_for_and_fits(fast_engine: FastEngine) -> None:
    kept = sized(keep=Keep.MASK)
    with pytest.raises(ValueError, match="of what to keep was given"):
        fast_engine.stylize(hills(), strokes(), kept)
    with pytest.raises(ValueError, match="of what to keep was given"):
        fast_engine.stylize(hills(), strokes(), SMALL, keep_mask=halves(96, 64))
    with pytest.raises(ValueError, match="must have the aspect"):
        fast_engine.stylize(hills(), strokes(), kept, keep_mask=halves(64, 64))


def test_a_mask_of_another_aspect_is_refused(fast_engine: FastEngine) -> None:
    style = FastStyle(image=strokes(), mask=Image.new("L", (64, 64), 255))
    with pytest.raises(ValueError, match="must have the aspect"):
        fast_engine.stylize(hills(), [style], SMALL)


def test_colours_can_stay_the_photographs(fast_engine: FastEngine) -> None:
    photograph = content("harbour")
    wanted = levels(photograph.resize((128, 96))).mean(axis=(0, 1))
    found = {
        color: levels(
            fast_engine.stylize(photograph, painting("sunset"), sized(color=color))
        ).mean(axis=(0, 1))
        for color in ("style", "content", "matched")
    }
    assert np.abs(found["matched"] - wanted).max() < 6
    assert np.abs(found["content"] - wanted).max() < 10
    assert np.abs(found["style"] - wanted).max() > 10


def test_a_larger_style_scale_gives_coarser_strokes(fast_engine: FastEngine) -> None:
    def fineness(scale: float) -> float:
        options = FastOptions(size_px=256, style_scale=scale)
        made = levels(
            fast_engine.stylize(content("harbour"), painting("night"), options)
        )
        return float(np.abs(np.diff(made, axis=1)).mean())

    assert fineness(2) < 0.8 * fineness(1)


def test_the_same_picture_comes_twice_and_after_another(
    fast_engine: FastEngine,
) -> None:
    def first() -> bytes:
        return fast_engine.stylize(hills(), strokes(), SMALL).tobytes()

    once = first()
    fast_engine.stylize(strokes(), [FastStyle(pack=fast_engine.builtin(0))], SMALL)
    fast_engine.stylize(hills(), painting("night"), sized(style_strength=1))
    assert first() == once


def test_the_inputs_are_not_written_over(fast_engine: FastEngine) -> None:
    photograph, paint = hills(128, 96), strokes()
    before = photograph.tobytes(), paint.tobytes()
    fast_engine.stylize(photograph, paint, sized(style_strength=0.8))
    assert (photograph.tobytes(), paint.tobytes()) == before


def test_the_network_is_chosen_by_the_option(fast_engine: FastEngine) -> None:
    both = FastStyle(image=strokes(), pack=fast_engine.builtin(4))
    paint, pack = FastStyle(image=strokes()), FastStyle(pack=fast_engine.builtin(4))

    def made(style: FastStyle, network: FastNetwork) -> bytes:
        return fast_engine.stylize(hills(), [style], sized(network=network)).tobytes()

    by_pack = made(pack, FastNetwork.PACK)
    assert made(both, FastNetwork.AUTO) == by_pack
    assert made(both, FastNetwork.ARBITRARY) == made(paint, FastNetwork.AUTO) != by_pack
    with pytest.raises(ValueError, match="has no pack"):
        made(paint, FastNetwork.PACK)
    with pytest.raises(ValueError, match="has no painting"):
        made(pack, FastNetwork.ARBITRARY)


def test_a_stop_ends_the_work(fast_engine: FastEngine) -> None:
    checks = []

    def check() -> None:
        checks.append(1)
        if len(checks) > 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        fast_engine.stylize(hills(), strokes(), SMALL, check=check)
    assert len(checks) == 6


def test_a_painting_and_its_pack_share_a_pass(fast_engine: FastEngine) -> None:
    pack = FastStyle(pack=fast_engine.pack_of(painting("night"), "night"))
    alone: list[None] = []
    both: list[None] = []
    fast_engine.stylize(hills(), [pack], SMALL, check=lambda: alone.append(None))
    styles = [pack, FastStyle(image=strokes())]
    fast_engine.stylize(hills(), styles, SMALL, check=lambda: both.append(None))
    assert len(alone) == len(both) > 10


def test_bad_inputs_are_refused_with_what_is_allowed(fast_engine: FastEngine) -> None:
    with pytest.raises(ValueError, match="content image is 31 x 64 px"):
        fast_engine.stylize(Image.new("RGB", (31, 64)), strokes(), SMALL)
    with pytest.raises(ValueError, match="style image is 64 x 31 px"):
        fast_engine.stylize(hills(), Image.new("RGB", (64, 31)), SMALL)
    with pytest.raises(ValueError, match="0 styles came, must be 1 to 4"):
        fast_engine.stylize(hills(), [], SMALL)
    with pytest.raises(ValueError, match="5 styles came"):
        fast_engine.stylize(hills(), [FastStyle(image=strokes())] * 5, SMALL)
    with pytest.raises(ValueError, match="neither a painting nor a pack"):
        FastStyle()
    with pytest.raises(ValueError, match="weight is 0"):
        FastStyle(image=strokes(), weight=0)
    with pytest.raises(ValueError, match="must be 0 to 25"):
        fast_engine.builtin(26)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size_px", 63),
        ("size_px", 4097),
        ("style_strength", 1.01),
        ("style_strength", float("nan")),
        ("style_scale", 0),
        ("network", "best"),
        ("color", "blue"),
    ],
)
def test_options_refuse_nonsense(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field} is"):
        FastOptions(**{field: value})  # type: ignore[arg-type]
