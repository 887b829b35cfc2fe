import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from app.contract.datasets import Manifest, parse_manifest, split_of
from app.preparation import PreparationError, PrepareOptions, SetKind, prepare
from tests.app.pictures import (
    animated,
    encode,
    plain,
    swapped_profile,
)
from tests.app.preparation.scenes import scene
from tests.intake_corpus.makers import jpeg_claiming

OPTIONS = PrepareOptions(size=48, min_side=32)


def manifest_in(folder: Path) -> Manifest:
    return parse_manifest((folder / "manifest.jsonl").read_bytes())


def report_in(folder: Path) -> dict[str, object]:
    return json.loads((folder / "report.json").read_text())


def looked_at(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Everything in a folder, and when it was written."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def sixteen_bits(picture: Image.Image) -> Image.Image:
    """Return the greys of a picture in 16 bits, all of which are used."""
    greys = b"".join(bytes((128, grey)) for grey in picture.convert("L").tobytes())
    return Image.frombytes("I;16", picture.size, greys)


def write_bad_tree(root: Path) -> None:
    """Write everything that people keep among their pictures."""
    photograph = encode(scene(0), "JPEG", quality=90)
    clear = scene(1).convert("RGBA")
    clear.paste((9, 9, 9, 0), (0, 0, 48, 72))
    turned = Image.Exif()
    turned[0x0112] = 6
    files = {
        "good.jpg": photograph,
        "alpha.png": encode(clear),
        "grey.png": encode(scene(2).convert("L")),
        "cmyk.jpg": encode(scene(3).convert("CMYK"), "JPEG", quality=95),
        "deep.png": encode(sixteen_bits(scene(10))),
        "turned.jpg": encode(scene(11, (48, 36)), "JPEG", exif=turned, quality=95),
        "profile.png": encode(scene(4), icc_profile=swapped_profile()),
        "moving.gif": animated("GIF"),
        "moving.webp": animated("WEBP"),
        "cut-off.jpg": photograph[: len(photograph) // 2],
        "text.jpg": b"This is no picture.\n",
        "empty.png": b"",
        "dot.png": plain(size=(1, 1)),
        "line.png": plain(size=(20_000, 1)),
        "bomb.jpg": jpeg_claiming(plain("JPEG"), 60_000, 60_000),
        "twice.jpg": photograph,
        "mirrored.png": encode(ImageOps.mirror(scene(0)).resize((160, 120))),
        "Ölbild 日本.png": encode(scene(5)),
        "two\nlines.png": encode(scene(6)),
        os.fsdecode(b"not-utf8-\xff.png"): encode(scene(7)),
        "folder.jpg/inside.png": encode(scene(8)),
        "notes.txt": b"mine",
        "old.tar.gz": b"\x1f\x8b",
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "round.jpg").symlink_to("round.jpg")
    outside = root.parent / "secret.png"
    outside.write_bytes(encode(scene(9)))
    (root / "out.png").symlink_to(outside)
    (root / "inside.png").symlink_to("good.jpg")
    os.mkfifo(root / "pipe.jpg")


KEPT = {
    "alpha.png": (64, 48),
    "cmyk.jpg": (64, 48),
    "deep.png": (64, 48),
    "folder.jpg/inside.png": (64, 48),
    "grey.png": (64, 48),
    "mirrored.png": (64, 48),  # larger than what it mirrors
    os.fsdecode(b"not-utf8-\xff.png"): (64, 48),
    "profile.png": (64, 48),
    "turned.jpg": (36, 48),  # smaller than asked for: left as it is
    "two\nlines.png": (64, 48),
    "Ölbild 日本.png": (64, 48),
}
REJECTED = {
    "bomb.jpg": "pixels; 64000000 are allowed",
    "cut-off.jpg": "cut off or damaged",
    "dot.png": "1 x 1 pixels; each side must have at least 32",
    "empty.png": "no bytes",
    "line.png": "20000 x 1 pixels; each side must have at least 32",
    "loop": "a link to a folder; links are not followed",
    "moving.gif": "GIF; JPEG, PNG, WebP, HEIC and AVIF are allowed",
    "moving.webp": "animated: it has 3 frames; one is allowed",
    "old.tar.gz": "decompress it",
    "out.png": "a link that leads out of its source",
    "pipe.jpg": "no regular file",
    "round.jpg": "cannot be looked at",
    "text.jpg": "is a text file",
}


def test_tree_of_bad_files_gives_just_the_pictures_in_it(tmp_path: Path) -> None:
    source, out = tmp_path / "tree", tmp_path / "set"
    write_bad_tree(source)
    prepare([source], out, OPTIONS)

    rows = {row.source.removeprefix("tree/"): row for row in manifest_in(out).rows}
    assert {name: (row.width, row.height) for name, row in rows.items()} == KEPT
    report = report_in(out)
    rejected = {
        each["name"].removeprefix("tree/"): each["reason"]
        for each in report["rejected"]
    }
    assert sorted(rejected) == sorted(REJECTED)
    for name, words in REJECTED.items():
        assert words in rejected[name]
    assert report["duplicates"] == [
        {"name": f"tree/{name}", "of": "tree/mirrored.png"}
        for name in ("good.jpg", "inside.png", "twice.jpg")
    ]
    assert report["passed_over"] == {".txt": 1}
    assert all(row.split is split_of(row.source_sha256) for row in rows.values())

    before = looked_at(out)
    assert len([name for name in before if name.startswith("pictures/")]) == len(KEPT)
    again = prepare([source], out, OPTIONS)
    assert (again.decoded, looked_at(out)) == (0, before)

    def color(name: str) -> tuple[int, ...]:
        with Image.open(out / rows[name].file) as picture:
            assert (picture.mode, picture.info.get("icc_profile")) == ("RGB", None)
            return picture.getpixel((2, 2))

    assert color("alpha.png") == (255, 255, 255)
    assert color("deep.png") == pytest.approx((grey(scene(10)),) * 3, abs=3)
    turned = scene(11, (48, 36)).transpose(Image.Transpose.ROTATE_270)
    assert color("turned.jpg") == pytest.approx(turned.getpixel((2, 2)), abs=12)
    # The profile has red and green exchanged.
    red, green, blue = scene(4).getpixel((2, 2))
    assert color("profile.png") == pytest.approx((green, red, blue), abs=40)


def grey(picture: Image.Image) -> int:
    return picture.convert("L").getpixel((2, 2))


def test_file_without_the_right_to_read_it_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    source = tmp_path / "tree"
    source.mkdir()
    for seed, name in enumerate(("open.png", "closed.png")):
        (source / name).write_bytes(encode(scene(seed)))
    (source / "closed.png").chmod(0)
    outcome = prepare([source], tmp_path / "set", OPTIONS)
    assert [each.name for each in outcome.rejected] == ["tree/closed.png"]


def folder_of(root: Path, *seeds: int) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (root / f"{seed}.png").write_bytes(encode(scene(seed)))
    return root


def test_only_what_is_new_is_decoded(tmp_path: Path) -> None:
    source, out = folder_of(tmp_path / "a", 1, 2, 3), tmp_path / "set"
    assert prepare([source], out, OPTIONS).decoded == 3
    folder_of(source, 4)
    (source / "1.png").unlink()
    outcome = prepare([source], out, OPTIONS)
    assert outcome.decoded == 1
    assert [row.source for row in outcome.manifest.rows] == [
        "a/2.png",
        "a/3.png",
        "a/4.png",
    ]
    assert len([*out.glob("pictures/*/*")]) == 3


def test_preparation_that_was_killed_goes_on(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "a", *range(5))
    whole = prepare([source], tmp_path / "whole", OPTIONS)
    killed = tmp_path / "killed"

    def stop(done: int, _all: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([source], killed, OPTIONS, progress=stop)
    assert not (killed / "manifest.jsonl").exists()
    with (killed / ".progress.jsonl").open("ab") as journal:
        journal.write(b'{"name": "a/4.png", "st')  # cut off in the middle
    outcome = prepare([source], killed, OPTIONS)
    assert (outcome.decoded, outcome.manifest) == (3, whole.manifest)
    assert prepare([source], killed, OPTIONS).decoded == 0


def test_picture_that_was_deleted_from_the_set_is_made_again(tmp_path: Path) -> None:
    source, out = folder_of(tmp_path / "a", 1, 2), tmp_path / "set"
    first = prepare([source], out, OPTIONS)
    lost = out / first.manifest.rows[0].file
    lost.unlink()
    again = prepare([source], out, OPTIONS)
    assert (again.decoded, again.manifest) == (1, first.manifest)
    assert lost.is_file()


def test_twin_takes_the_place_of_a_picture_that_is_gone(tmp_path: Path) -> None:
    source, out = folder_of(tmp_path / "a", 1, 2), tmp_path / "set"
    (source / "large.png").write_bytes(encode(scene(1, (180, 160))))
    outcome = prepare([source], out, OPTIONS)
    assert outcome.duplicates == {"a/1.png": "a/large.png"}
    (source / "large.png").unlink()
    outcome = prepare([source], out, OPTIONS)
    assert [row.source for row in outcome.manifest.rows] == ["a/1.png", "a/2.png"]
    assert all((out / row.file).is_file() for row in outcome.manifest.rows)


def test_shards_are_read_where_they_lie(tmp_path: Path) -> None:
    shard = tmp_path / "0.tar"
    with tarfile.open(shard, "w") as tar:
        for name in ("../up.png", "b/2.png", "readme.txt"):
            content = encode(scene(len(name)))
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    outcome = prepare([shard], tmp_path / "set", OPTIONS)
    assert [row.source for row in outcome.manifest.rows] == [
        "0.tar/../up.png",
        "0.tar/b/2.png",
    ]

    cut = tmp_path / "cut" / "0.tar"
    cut.parent.mkdir()
    content = shard.read_bytes()
    cut.write_bytes(content[: content.index(b"b/2.png") + 600])
    outcome = prepare([cut], tmp_path / "set2", OPTIONS)
    assert [row.source for row in outcome.manifest.rows] == ["0.tar/../up.png"]
    assert "cut off" in outcome.rejected[0].reason


def test_coco_says_the_licence_of_each_photograph(tmp_path: Path) -> None:
    source = tmp_path / "coco"
    folder_of(source / "train2017", 1, 2)
    images = [{"file_name": f"{n}.png", "license": n, "id": n} for n in (1, 2)]
    licenses = [{"id": 1, "name": "CC BY 2.0", "url": "x"}]
    (source / "annotations").mkdir()
    annotations = {"images": images, "licenses": licenses, "annotations": [{"id": 1}]}
    (source / "annotations" / "instances.json").write_text(json.dumps(annotations))
    outcome = prepare(
        [source], tmp_path / "set", PrepareOptions(size=48, min_side=32, licence="mine")
    )
    assert [row.licence for row in outcome.manifest.rows] == ["CC BY 2.0", "mine"]


def test_wikiarts_paths_name_style_and_artist(tmp_path: Path) -> None:
    source = tmp_path / "wikiart"
    folder_of(source / "Post_Impressionism", 1)
    old = source / "Post_Impressionism" / "1.png"
    old.rename(old.with_name("vincent-van-gogh_the-night-cafe_1888.png"))
    options = PrepareOptions(kind=SetKind.STYLE, size=48, min_side=32)
    (row,) = prepare([source], tmp_path / "set", options).manifest.rows
    assert (row.style, row.artist) == ("Post Impressionism", "Vincent Van Gogh")


def test_table_says_more_than_paths(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "art", 1, 2)
    table = "filename,artist,genre,license\n1.png,Anna,['Cubism'],CC0\n3.png,,,\n"
    (source / "classes.csv").write_text(table)
    first, second = prepare([source], tmp_path / "set", OPTIONS).manifest.rows
    assert (first.artist, first.style, first.licence) == ("Anna", "Cubism", "CC0")
    assert (second.artist, second.style, second.licence) == (None, None, None)
    credits_ = (tmp_path / "set" / "CREDITS.txt").read_text()
    assert "art/1.png, by Anna, licence: CC0\n" in credits_


def test_set_within_its_source_is_refused(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "a", 1)
    with pytest.raises(PreparationError, match="lie in each other"):
        prepare([source], source / "set", OPTIONS)
    assert not (source / "set").exists()


def test_other_sizes_in_a_set_that_was_begun_are_refused(tmp_path: Path) -> None:
    source, out = folder_of(tmp_path / "a", 1), tmp_path / "set"
    prepare([source], out, OPTIONS)
    with pytest.raises(PreparationError, match=r"'size': 48.*not.*'size': 64"):
        prepare([source], out, PrepareOptions(size=64, min_side=32))


def test_no_usable_picture_is_told_with_the_reason(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.mkdir()
    (source / "a.jpg").write_bytes(b"no")
    with pytest.raises(PreparationError, match=r"1 files were rejected.*report\.json"):
        prepare([source], tmp_path / "set", OPTIONS)
    assert not (tmp_path / "set" / "manifest.jsonl").exists()


def test_split_does_not_change_with_size_or_company(tmp_path: Path) -> None:
    few, many = folder_of(tmp_path / "a", 1, 2), folder_of(tmp_path / "b", *range(9))
    small = PrepareOptions(size=40, min_side=32)
    splits = {
        row.source.split("/")[1]: row.split
        for row in prepare([few], tmp_path / "few", small).manifest.rows
    }
    for row in prepare([many], tmp_path / "many", OPTIONS).manifest.rows:
        assert splits.get(row.source.split("/")[1], row.split) is row.split


@pytest.mark.parametrize("sizes", [(0, 0), (32, 64), (32, 0)])
def test_sizes_that_make_no_sense_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="from 1 to size"):
        PrepareOptions(size=sizes[0], min_side=sizes[1])
