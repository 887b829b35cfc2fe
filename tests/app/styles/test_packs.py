"""Packs in the style library over HTTP."""

import hashlib
from typing import Any

import onnx
import pytest

from app.catalogue.stored_styles import StoredStyles
from app.contract.keys import Scope
from app.contract.packs.reading import read_pack
from app.contract.ports import StyleNotFoundError
from app.contract.styles import Style, StylePack, style_id_of
from tests.app.conftest import ApiHarness
from tests.app.pictures import plain
from tests.fakes import MemoryBlobStore
from tests.packs import a_header, a_pack, packed

STYLES = "/v1/styles"
PACK = a_pack("waves", style_error_deep=0.4)
NOT_FINITE = a_pack(value=float("nan"))
BOTH = {"sample": plain(), "image": plain(), "pack": PACK}
JOB = "job_" + "ab" * 16


def put(api: ApiHarness, words: dict[str, str] | None = None, **files: bytes) -> Any:
    sent = {name: (f"{name}.bin", content) for name, content in files.items()}
    return api.client.post(STYLES, files=sent, data=words or {})


def test_a_pack_comes_back_as_it_was_sent(api: ApiHarness) -> None:
    style = put(api, image=plain(), pack=PACK).json()
    assert style["title"] == "waves"
    assert style["paintable"]
    told = style["pack"]
    assert told["sha256"] == hashlib.sha256(PACK).hexdigest()
    assert told["network"] == "multistyle"
    assert told["judgement"] == {"style_error_deep": 0.4}
    assert (told["license"], told["trained_by"]) == ("CC0-1.0", None)
    answer = api.client.get(told["url"])
    assert answer.content == PACK
    assert answer.headers["content-type"] == "application/x-safetensors"
    assert "attachment" in answer.headers["content-disposition"]
    etag = {"If-None-Match": answer.headers["etag"]}
    assert api.client.get(told["url"], headers=etag).status_code == 304


def test_any_pack_is_there_as_onnx_too(api: ApiHarness) -> None:
    url = put(api, image=plain(), pack=PACK).json()["pack"]["url"]
    answer = api.client.get(url, headers={"Accept": "application/onnx"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/onnx"
    assert 'filename="sty_' in answer.headers["content-disposition"]
    model = onnx.load_from_string(answer.content)
    onnx.checker.check_model(model, full_check=True)
    told = {each.key: each.value for each in model.metadata_props}
    assert told["pack_sha256"] == hashlib.sha256(PACK).hexdigest()
    part = {"Accept": "application/onnx", "Range": "bytes=10-19"}
    assert api.client.get(url, headers=part).content == answer.content[10:20]
    answer = api.client.get(url, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_a_network_alone_shows_what_it_has_made(api: ApiHarness) -> None:
    answer = put(api, {"title": "Foam"}, sample=plain(), pack=PACK)
    assert answer.status_code == 201, answer.text
    style = answer.json()
    assert (style["title"], style["paintable"]) == ("Foam", False)
    assert api.client.get(style["thumbnail_url"]).status_code == 200
    assert api.client.get(STYLES).json()["data"][-1] == style


def test_a_painting_alone_has_no_pack(api: ApiHarness) -> None:
    style = put(api, image=plain()).json()
    assert (style["pack"], style["paintable"]) == (None, True)
    for style_id in (style["id"], "woodcut"):
        answer = api.client.get(f"{STYLES}/{style_id}/pack")
        assert (answer.status_code, answer.json()["code"]) == (404, "pack_not_found")
    answer = api.client.get(f"{STYLES}/none/pack")
    assert (answer.status_code, answer.json()["code"]) == (404, "style_not_found")


@pytest.mark.parametrize(
    ("files", "code", "field"),
    [
        ({"pack": PACK}, "missing_style", "/image"),
        ({"sample": plain()}, "invalid_value", "/sample"),
        (BOTH, "invalid_value", "/sample"),
        ({"image": plain(), "pack": b"PK\x03\x04" * 30}, "pack_unreadable", "/pack"),
        ({"image": plain(), "pack": PACK[:-1]}, "pack_unreadable", "/pack"),
        ({"image": plain(), "pack": PACK + b"\0"}, "pack_unreadable", "/pack"),
        ({"image": plain(), "pack": NOT_FINITE}, "pack_unreadable", "/pack"),
        ({"image": plain(), "pack": packed({})}, "pack_unreadable", "/pack"),
        ({"image": plain(), "pack": a_pack("\x1b[31m")}, "pack_unreadable", "/pack"),
        ({"sample": b"no picture", "pack": PACK}, "unsupported_image_type", "/sample"),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_style_is_refused_and_leaves_nothing(
    api: ApiHarness, files: dict[str, bytes], code: str, field: str
) -> None:
    answer = put(api, **files)
    assert answer.status_code in {415, 422}
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["field"] == field
    assert api.is_untouched


def test_a_pack_that_is_sent_as_text_is_refused(api: ApiHarness) -> None:
    answer = put(api, {"pack": "x"}, image=plain())
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")


def test_the_pack_is_deleted_with_its_style(api: ApiHarness) -> None:
    style = put(api, image=plain(), pack=PACK).json()
    assert api.client.delete(f"{STYLES}/{style['id']}").status_code == 204
    assert api.client.get(style["pack"]["url"]).json()["code"] == "style_not_found"
    assert api.is_untouched


def test_packs_need_the_scope_of_styles(api: ApiHarness) -> None:
    files = {"image": ("a.png", plain()), "pack": ("a.safetensors", PACK)}
    answer = api.client.post(STYLES, files=files, headers=api.key(Scope.JOBS_WRITE))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_what_a_job_has_trained_becomes_one_style_however_often_it_is_kept(
    api: ApiHarness,
) -> None:
    trained = Style(
        id=style_id_of(JOB),
        title="waves",
        sha256="0" * 64,
        width=64,
        height=48,
        pack=StylePack.of(read_pack(PACK), trained_by=JOB),
    )
    stored = StoredStyles(api.blobs)
    for _ in range(2):
        stored.keep(trained, plain(), PACK)
    style = api.client.get(f"{STYLES}/{style_id_of(JOB)}").json()
    assert style["pack"]["trained_by"] == JOB
    assert api.client.get(style["pack"]["url"]).content == PACK
    assert stored.count() == 1


def test_a_record_of_before_there_were_packs_is_a_painting() -> None:
    blobs = MemoryBlobStore()
    old = b'{"id":"sty_1","title":"t","sha256":"0","width":1,"height":1}'
    blobs.put("styles/sty_1.json", old)
    style = StoredStyles(blobs).get("sty_1")
    assert (style.pack, style.paintable) == (None, True)
    with pytest.raises(StyleNotFoundError):
        StoredStyles(blobs).pack("sty_1")


def test_headers_that_lie_about_their_length_are_refused(api: ApiHarness) -> None:
    content = packed(a_header())
    lie = (2**62).to_bytes(8, "little") + content[8:]
    answer = put(api, image=plain(), pack=lie)
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_unreadable")
