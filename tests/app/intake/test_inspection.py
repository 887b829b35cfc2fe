import io
from typing import Any

import pytest
from PIL import Image, ImageFile

from app.intake import IntakeRules, inspect_picture
from app.intake.kinds import webp_size
from app.problems import PROBLEMS, ProblemCode, ProblemError
from tests.app.pictures import animated, claiming, plain, webp_claiming

RULES = IntakeRules()

FOREIGN = {
    "gif": (plain("GIF", mode="P", color=3), "GIF"),
    "animated gif": (animated("GIF"), "GIF"),
    "bmp": (plain("BMP"), "BMP"),
    "tiff": (plain("TIFF"), "TIFF"),
    "big-endian tiff": (b"MM\0*" + bytes(60), "TIFF"),
    "ico": (plain("ICO"), "ICO"),
    "pdf": (b"%PDF-1.7\n", "PDF"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "xml": (b"\n  <?xml version='1.0'?><svg/>", "SVG"),
    "mp4": (b"\0\0\0\x18ftypisom" + bytes(60), "a video (MP4)"),
    "zip": (b"PK\3\4" + bytes(30), "ZIP"),
    "postscript": (b"%!PS-Adobe-3.0", "PostScript"),
    "text": (b"just words", "a text file"),
    "zeros": (bytes(500), "nothing but zeros"),
    "wave": (b"RIFF\0\0\0\0WAVEfmt ", "audio (WAV)"),
    "one byte": (b"\xff", "something unknown"),
    "a jpeg after a space": (b" " + plain("JPEG"), "something unknown"),
}

REFUSED = {
    "empty": (b"", ProblemCode.IMAGE_EMPTY),
    "only a jpeg's magic": (b"\xff\xd8\xff", ProblemCode.IMAGE_UNREADABLE),
    "only a png's magic": (b"\x89PNG\r\n\x1a\n", ProblemCode.IMAGE_UNREADABLE),
    "only a webp's magic": (b"RIFF\0\0\0\0WEBP", ProblemCode.IMAGE_UNREADABLE),
    "jpeg's magic before a png": (
        b"\xff\xd8\xff" + plain("PNG"),
        ProblemCode.IMAGE_UNREADABLE,
    ),
    "png header with a bad checksum": (
        plain("PNG")[:20] + b"\0\0\0\1" + plain("PNG")[24:],
        ProblemCode.IMAGE_UNREADABLE,
    ),
    "png without pixels": (claiming(0, 40), ProblemCode.IMAGE_UNREADABLE),
    "bomb": (claiming(50_000, 50_000), ProblemCode.IMAGE_TOO_MANY_PIXELS),
    "bomb below Pillow's own limit": (
        claiming(8_000, 8_000),
        ProblemCode.IMAGE_TOO_MANY_PIXELS,
    ),
    "bomb between Pillow's warning and error": (
        claiming(10_000, 10_000),
        ProblemCode.IMAGE_TOO_MANY_PIXELS,
    ),
    "one pixel over the limit": (
        claiming(40_000_001, 1),
        ProblemCode.IMAGE_TOO_MANY_PIXELS,
    ),
    "webp bomb": (webp_claiming(16_000, 16_000), ProblemCode.IMAGE_TOO_MANY_PIXELS),
    "31 px wide": (plain(size=(31, 64)), ProblemCode.IMAGE_TOO_SMALL),
    "31 px high": (plain(size=(64, 31)), ProblemCode.IMAGE_TOO_SMALL),
    "one pixel": (plain(size=(1, 1)), ProblemCode.IMAGE_TOO_SMALL),
    "a little over 8 to 1": (plain(size=(257, 32)), ProblemCode.IMAGE_BAD_ASPECT),
    "a little over 1 to 8": (plain(size=(32, 257)), ProblemCode.IMAGE_BAD_ASPECT),
    "animated png": (animated("PNG"), ProblemCode.IMAGE_ANIMATED),
    "animated webp": (animated("WEBP"), ProblemCode.IMAGE_ANIMATED),
}

ACCEPTED = {
    "jpeg": plain("JPEG"),
    "progressive jpeg": plain("JPEG", progressive=True),
    "png": plain("PNG"),
    "webp": plain("WEBP"),
    "lossless webp": plain("WEBP", lossless=True),
    "webp with alpha": plain("WEBP", mode="RGBA", color=(1, 2, 3, 4)),
    "32 px": plain(size=(32, 32)),
    "exactly 8 to 1": plain(size=(256, 32)),
    "a phone's picture with a second view": animated("MPO"),
    "jpeg with something behind it": plain("JPEG") + b"PK\3\4 a zip, too",
    "png with something behind it": plain("PNG") + b"<script>",
}


def inspect(content: bytes, rules: IntakeRules = RULES) -> None:
    inspect_picture(io.BytesIO(content), field="content", rules=rules)


def refusal_of(content: bytes, rules: IntakeRules = RULES) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        inspect(content, rules)
    return caught.value


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_named_in_the_refusal(name: str) -> None:
    content, found = FOREIGN[name]
    problem = refusal_of(content)
    assert problem.code is ProblemCode.UNSUPPORTED_IMAGE_TYPE
    assert PROBLEMS[problem.code].status == 415
    assert problem.errors[0].actual == found
    assert problem.errors[0].limit == ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"]
    assert found in problem.detail


@pytest.mark.parametrize("name", REFUSED)
def test_headers_are_enough_to_refuse(name: str) -> None:
    content, code = REFUSED[name]
    problem = refusal_of(content)
    assert problem.code is code
    assert problem.errors[0].field == "/content"


@pytest.mark.parametrize("name", ACCEPTED)
def test_awkward_but_good_files_pass(name: str) -> None:
    inspect(ACCEPTED[name])


def test_limits_are_those_of_the_rules() -> None:
    content = plain(size=(60, 40))
    for rules, code in (
        (IntakeRules(max_bytes=len(content) - 1), ProblemCode.UPLOAD_TOO_LARGE),
        (IntakeRules(max_pixels=2399), ProblemCode.IMAGE_TOO_MANY_PIXELS),
        (IntakeRules(min_side_px=41), ProblemCode.IMAGE_TOO_SMALL),
        (IntakeRules(max_aspect=1.4), ProblemCode.IMAGE_BAD_ASPECT),
    ):
        assert refusal_of(content, rules).code is code
    exact = IntakeRules(
        max_bytes=len(content), max_pixels=2400, min_side_px=40, max_aspect=1.5
    )
    inspect(content, exact)


def test_what_came_and_what_is_allowed_is_told() -> None:
    error = refusal_of(claiming(8_000, 8_000)).errors[0]
    assert (error.limit, error.actual) == (40_000_000, 64_000_000)
    assert "8000 x 8000" in error.message


@pytest.mark.parametrize("name", ["bomb", "one pixel over the limit", "webp bomb"])
def test_how_many_pixels_came_is_told_beside_the_code_too(name: str) -> None:
    problem = refusal_of(REFUSED[name][0])
    sides = {"bomb": 50_000**2, "webp bomb": 16_000**2}
    told = {"limit": 40_000_000, "actual": sides.get(name, 40_000_001)}
    assert problem.extra == told
    assert problem.errors[0].limit == told["limit"]
    assert problem.errors[0].actual == told["actual"]


def test_a_jpeg_bomb_tells_its_pixels() -> None:
    content = plain("JPEG", size=(64, 48))
    start = content.index(b"\xff\xc0") + 5
    bomb = content[:start] + b"\xea\x60\xea\x60" + content[start + 4 :]
    assert refusal_of(bomb).extra == {"limit": 64_000_000, "actual": 60_000**2}


@pytest.mark.parametrize(
    ("header", "options"),
    [
        (b"VP8 ", {}),
        (b"VP8L", {"lossless": True}),
        (b"VP8X", {"mode": "RGBA", "color": (1, 2, 3, 4)}),
    ],
)
def test_the_size_of_a_webp_is_read_from_each_kind_of_header(
    header: bytes, options: dict[str, Any]
) -> None:
    content = plain("WEBP", size=(123, 77), **options)
    assert content[12:16] == header
    assert webp_size(content[:64]) == (123, 77)


def test_a_webp_header_without_a_size_is_left_to_the_decoder() -> None:
    assert webp_size(b"RIFF\0\0\0\0WEBPJUNK") is None


def test_nothing_of_the_inspected_file_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    inspect(plain("JPEG"))


def test_a_webp_too_large_is_refused_before_pillow_reserves_its_canvas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Image, "open", fail)
    problem = refusal_of(webp_claiming(16_000, 16_000))
    assert problem.code is ProblemCode.IMAGE_TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_only_the_parser_of_the_first_bytes_is_asked(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    really_open = Image.open

    def note(*args: Any, formats: list[str], **more: Any) -> Image.Image:
        asked.append(formats)
        return really_open(*args, formats=formats, **more)

    monkeypatch.setattr(Image, "open", note)
    inspect(plain(kind))
    assert asked == [[kind]]
