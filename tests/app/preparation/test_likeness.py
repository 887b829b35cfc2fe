from PIL import Image, ImageEnhance, ImageOps

from app.preparation.likeness import Likeness, first_alike, likeness_of
from tests.app.preparation.scenes import scene


def differing_bits(first: Image.Image, second: Image.Image) -> int:
    return (likeness_of(first).upright ^ likeness_of(second).upright).bit_count()


def test_hash_of_a_ramp_is_known() -> None:
    ramp = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90)
    assert likeness_of(ramp.convert("RGB")) == Likeness(2**64 - 1, 0)


def test_other_size_light_and_quality_are_near_other_pictures_far() -> None:
    first = scene(1, (180, 160))
    assert differing_bits(first, first.resize((90, 80))) <= 4
    assert differing_bits(first, ImageEnhance.Brightness(first).enhance(0.8)) <= 4
    assert differing_bits(first, scene(2)) > 16


def test_first_of_those_alike_is_kept() -> None:
    pictures = {"large": scene(1), "other": scene(2), "again": scene(1)}
    pictures["mirrored"] = ImageOps.mirror(scene(2))
    hashes = [(name, likeness_of(picture)) for name, picture in pictures.items()]
    assert dict(first_alike(hashes)) == {
        "large": "large",
        "other": "other",
        "again": "large",
        "mirrored": "other",
    }


def test_four_bits_are_near_and_five_are_not_wherever_they_are() -> None:
    for start in range(64):
        places = [(start + 13 * step) % 64 for step in range(5)]
        four, five = (sum(1 << place for place in places[:n]) for n in (4, 5))
        # The mirror image is far from everything.
        far = 0xAAAA_5555_AAAA_5555
        hashes = [("a", 0), ("four", four), ("five", five)]
        found = dict(first_alike((name, Likeness(h, far)) for name, h in hashes))
        assert found == {"a": "a", "four": "a", "five": "five"}
