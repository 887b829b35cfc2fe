"""What the quality report measures, by known answers and invariances."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from tests.engine.conftest import SMALL, hills, strokes
from worker.engine import QualityReport, cli, judge
from worker.engine.cli import judge as judge_command
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.images import to_picture, to_tensor
from worker.engine.judgement import report as report_module
from worker.engine.judgement.detail import (
    blur,
    edge_correlation,
    grain,
    sharpness,
    stroke_error,
)
from worker.engine.judgement.palette import foreign_hue, oklab, palette_distance
from worker.engine.judgement.places import like_on_like
from worker.engine.judgement.report import CONTENT_LAYER, DEEP_LAYERS, SHALLOW_LAYERS

#: Linear sRGB's primaries and white in OKLab: Ottosson 2020.
PUBLISHED = {
    "white": ((1, 1, 1), (1.0, 0.0, 0.0)),
    "black": ((0, 0, 0), (0.0, 0.0, 0.0)),
    "red": ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
    "green": ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
    "blue": ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
}


def pixels(image: Image.Image) -> Tensor:
    return to_tensor(image, *image.size)


def lightness(image: Image.Image) -> Tensor:
    return oklab(pixels(image))[:, :1]


def plain(color: tuple[float, ...], side_px: int = 8) -> Tensor:
    return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, side_px, side_px)


@pytest.mark.parametrize("name", PUBLISHED)
def test_oklab_has_the_published_values(name: str) -> None:
    color, wanted = PUBLISHED[name]
    found = oklab(plain(tuple(map(float, color))))[0, :, 0, 0]
    torch.testing.assert_close(found, torch.tensor(wanted), atol=2e-5, rtol=0)


def test_oklab_agrees_with_the_way_through_xyz(random: torch.Generator) -> None:
    colors = torch.rand(1, 3, 8, 8, generator=random)
    srgb = colors[0].flatten(1).double().numpy()
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375],
         [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    )  # fmt: skip
    to_cones = np.array(
        [[0.8189330101, 0.3618667424, -0.1288597137],
         [0.0329845436, 0.9293118715, 0.0361456387],
         [0.0482003018, 0.2643662691, 0.6338517070]]
    )  # fmt: skip
    to_lab = np.array(
        [[0.2104542553, 0.7936177850, -0.0040720468],
         [1.9779984951, -2.4285922050, 0.4505937099],
         [0.0259040371, 0.7827717662, -0.8086757660]]
    )  # fmt: skip
    wanted = to_lab @ np.cbrt(to_cones @ to_xyz @ linear)
    found = oklab(colors)[0].flatten(1).numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_equal_palettes_are_at_distance_zero_wherever_the_colours_lie(
    random: torch.Generator,
) -> None:
    colors = oklab(pixels(strokes()))
    shuffled = colors.flatten(2)[..., torch.randperm(80 * 80, generator=random)]
    twice_as_large = colors.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert palette_distance(colors, colors) == 0
    assert palette_distance(shuffled.view_as(colors), colors) < 1e-4
    assert palette_distance(twice_as_large, colors) < 1e-4


def test_the_palette_distance_is_symmetric() -> None:
    one, two = oklab(pixels(strokes())), oklab(pixels(hills()))
    assert palette_distance(one, two) == palette_distance(two, one) > 1


@pytest.mark.parametrize("shift", [(0.1, 0, 0), (0, -0.1, 0), (0.06, 0.0, 0.08)])
def test_a_shift_of_all_colours_counts_for_half_its_length(
    shift: tuple[float, ...],
) -> None:
    colors = oklab(pixels(strokes()))
    moved = colors + plain(shift, 1)
    # The mean of |cos| over the sphere is 1/2.
    assert palette_distance(moved, colors) == pytest.approx(5.0, rel=0.012)


def test_a_large_picture_is_sampled_with_hardly_a_difference() -> None:
    small, other = strokes(200, 200), oklab(pixels(hills()))
    large = small.resize((800, 800), Image.Resampling.NEAREST)
    exact = palette_distance(oklab(pixels(small)), other)
    assert palette_distance(oklab(pixels(large)), other) == pytest.approx(
        exact, rel=0.02
    )


def test_edges_are_compared_by_place_and_not_by_sign() -> None:
    content = lightness(hills())
    assert edge_correlation(content, content) == pytest.approx(1)
    assert edge_correlation(1 - content, content) == pytest.approx(1)
    assert edge_correlation(content.flip(3), content) < 0.6
    assert abs(edge_correlation(lightness(strokes(96, 64)), content)) < 0.2
    assert edge_correlation(torch.ones_like(content), content) == 0


def test_fine_strokes_do_not_hide_the_edges() -> None:
    content = lightness(hills(512, 384))
    stripes = 0.05 * (torch.arange(512) % 4 < 2)
    assert edge_correlation(content + stripes, content) > 0.99


def test_sharpness_is_relative_to_the_style() -> None:
    style = lightness(strokes())
    assert sharpness(style, style) == 1
    assert sharpness(0.5 * style, style) == pytest.approx(0.5)
    assert sharpness(blur(style, 1.0), style) < 0.7
    assert sharpness(torch.full_like(style, 0.3), style) < 1e-4
    assert np.isfinite(sharpness(style, torch.ones_like(style)))


def test_the_finest_strokes_have_a_strength_and_a_direction() -> None:
    style = lightness(strokes(200, 200))
    assert stroke_error(style, style) == 0
    assert stroke_error(torch.full_like(style, 0.3), style) == pytest.approx(1)
    # Of half the contrast the covariance is a quarter.
    assert stroke_error(0.5 * style, style) == pytest.approx(9 / 16, rel=1e-4)
    assert stroke_error(style.mT, style) > 0.3
    assert stroke_error(style.flip(3), style) < 0.05  # the waves go both ways
    assert stroke_error(1 - style, style) == pytest.approx(0, abs=1e-6)
    assert np.isfinite(stroke_error(style, torch.ones_like(style)))


def test_a_picture_painted_at_half_its_size_lacks_the_finest_strokes() -> None:
    style = strokes(200, 200).resize((400, 400), Image.Resampling.NEAREST)
    soft = style.resize((200, 200), Image.Resampling.LANCZOS).resize((400, 400))
    assert stroke_error(lightness(soft), lightness(style)) > 0.3


def test_a_large_pictures_patches_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    random = torch.Generator().manual_seed(0)
    style = blur(torch.rand(1, 1, 200, 200, generator=random), 0.7)
    other = blur(style, 1.0)
    exact = stroke_error(other, style)
    monkeypatch.setattr("worker.engine.judgement.detail._PATCHES", 5000)
    assert stroke_error(other, style) == pytest.approx(exact, rel=0.05)


def test_hues_of_neither_picture_count_by_their_chroma() -> None:
    red, green, violet = (
        oklab(plain(color)) for color in ((0.8, 0.2, 0.2), (0.2, 0.7, 0.2), (0.6, 0, 1))
    )
    grey = oklab(plain((0.5, 0.5, 0.5)))
    both = torch.cat((red, violet), dim=3)
    chroma = float(violet[0, 1:, 0, 0].norm())
    assert foreign_hue(violet, red, green) == pytest.approx(100 * chroma)
    assert foreign_hue(both, red, green) == pytest.approx(50 * chroma)
    assert foreign_hue(both, red, violet) == 0
    assert foreign_hue(grey, red, green) == 0
    assert foreign_hue(red, grey, grey) > 10


def test_more_of_a_hue_than_either_picture_has_is_foreign_too() -> None:
    pale, strong = (oklab(plain(color)) for color in ((0.6, 0.5, 0.5), (0.9, 0.1, 0.1)))
    assert foreign_hue(pale, strong, strong) == 0
    gap = float(strong[0, 1:, 0, 0].norm() - pale[0, 1:, 0, 0].norm())
    assert foreign_hue(strong, pale, pale) == pytest.approx(100 * gap, abs=0.2)


def test_grain_is_the_deviation_of_noise_on_even_slopes(
    random: torch.Generator,
) -> None:
    slope = torch.linspace(0, 1, 128).expand(1, 3, 128, 128)
    noise = 0.02 * torch.randn(slope.shape, generator=random)
    assert grain(slope) == pytest.approx(0, abs=0.01)
    assert grain(slope + noise) == pytest.approx(2 * 3**0.5, rel=0.03)


def test_a_blur_keeps_the_mean_and_repeats_the_border() -> None:
    point = torch.zeros(1, 2, 33, 33)
    point[..., 16, 16] = 1
    soft = blur(point, 2.0)
    assert soft.sum(dim=(2, 3)).flatten().tolist() == pytest.approx([1, 1])
    assert float(soft[0, 0, 16, 16]) == pytest.approx(1 / (2 * np.pi * 4), rel=0.01)
    even = torch.full((1, 1, 3, 40), 0.7)
    torch.testing.assert_close(blur(even, 5.0), even)


def test_no_layer_that_is_judged_was_optimized() -> None:
    judged = {*SHALLOW_LAYERS, *DEEP_LAYERS, CONTENT_LAYER}
    assert judged.isdisjoint(HYPERPARAMETERS.layers)


def test_the_style_itself_has_no_style_error() -> None:
    report = judge(hills(), strokes(), strokes(), SMALL)
    assert report.style_error_shallow == report.style_error_deep == 0
    assert report.palette_distance == report.stroke_error == 0
    assert report.foreign_hue < 0.001  # a few pixels have rare colours
    assert report.sharpness == 1
    assert report.content_error > 0.3
    assert report.edge_correlation < 0.2


def test_the_content_itself_has_no_content_error() -> None:
    report = judge(hills(), strokes(), hills(), SMALL)
    assert report.content_error == 0
    assert report.edge_correlation == pytest.approx(1)
    assert report.style_error_shallow > 0.05
    assert report.palette_distance > 2


def test_equal_pictures_get_equal_numbers_in_any_mode_and_size() -> None:
    content, style = hills(192, 128), strokes(160, 160)
    pastiche = ImageOps.mirror(hills(96, 64))
    first = judge(content, style, pastiche, SMALL)
    again = judge(content.convert("RGBA"), style, pastiche.convert("RGBA"), SMALL)
    assert first == again
    smaller = content.resize((96, 64), Image.Resampling.LANCZOS)
    assert judge(smaller, style, pastiche, SMALL) == first


def test_a_huge_pastiche_is_judged_at_the_largest_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pastiche = hills(96, 64).filter(ImageFilter.GaussianBlur(1))
    smaller = pastiche.resize((48, 32), Image.Resampling.LANCZOS)
    wanted = judge(hills(), strokes(), smaller, SMALL)
    monkeypatch.setattr(report_module, "LARGEST_PX", 48)
    assert judge(hills(), strokes(), pastiche, SMALL) == wanted


def test_an_even_picture_gets_finite_numbers() -> None:
    even = to_picture(plain((0.5, 0.5, 0.5), 64))
    for pictures in ((even, strokes(), even), (hills(), even, hills())):
        report = judge(*pictures, SMALL)
        assert all(np.isfinite(value) for value in dataclasses.astuple(report))


def test_a_picture_too_small_to_see_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pastiche image is 96 x 31 px.*least 32"):
        judge(hills(), strokes(), hills(96, 31), SMALL)


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of a content, a style and a pastiche; the network is the small one."""
    monkeypatch.setattr(judge_command, "load_weights", lambda *, cache_dir: SMALL)
    paths = []
    for name, picture in (("c", hills()), ("s", strokes()), ("p", hills())):
        paths.append(str(tmp_path / f"{name}.png"))
        picture.save(paths[-1])
    return paths


def test_the_command_prints_a_line_for_every_number(
    saved: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["judge", *saved]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(dataclasses.fields(QualityReport))
    assert all("good" in line and len(line) <= 100 for line in lines)
    assert any(line.split()[:2] == ["edges", "1.000"] for line in lines)


def test_the_command_prints_the_report_as_json(
    saved: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["judge", *saved, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert QualityReport(**document) == judge(hills(), strokes(), hills(), SMALL)


def test_the_command_explains_bad_input_with_code_2(
    saved: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = tmp_path / "tiny.png"
    hills(20, 20).save(tiny)
    for name, reason in (("absent.png", "can not be read"), (str(tiny), "at least 32")):
        assert cli.main(["judge", *saved[:2], name]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("error: ")
        assert reason in printed.err


def test_the_layout_of_the_content_is_the_contents_own() -> None:
    assert judge(hills(), strokes(), hills(), SMALL).layout == pytest.approx(
        0, abs=1e-5
    )
    mirrored = hills().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert judge(hills(), strokes(), mirrored, SMALL).layout > 0.05


def test_like_on_like_falls_if_kinds_are_swapped(random: torch.Generator) -> None:
    kinds = torch.eye(8)[:2].repeat_interleave(50, dim=0)
    content, style = (
        (kinds + 0.1 * torch.randn(100, 8, generator=random)).T.reshape(1, 8, 10, 10)
        for _ in range(2)
    )
    swapped = style.flip(2)
    same = [like_on_like(each, content, style) for each in (style, swapped)]
    assert same[0] > 0.3  # the clusters are more than the two
    assert same[1] < 0.05
