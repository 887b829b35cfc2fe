"""A pack comes back as it was, and one from strangers is a network or is refused."""

import json
import struct

import pytest
import torch
from safetensors.torch import save

from app.contract.packs import reading
from app.contract.packs.info import PackInfo
from tests.engine.conftest import hills, strokes
from worker.engine import NumericalDivergenceError
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.options import FastOptions
from worker.engine.feedforward.packs import Pack, PackError, identity
from worker.engine.feedforward.styles import FastStyle

SMALL = FastOptions(size_px=96)


@pytest.fixture(scope="module")
def sound(fast_engine: FastEngine) -> bytes:
    return fast_engine.builtin(3).to_bytes()


def file_of(
    header: object, tensors: dict[str, torch.Tensor], key: str = "impasto"
) -> bytes:
    text = header if isinstance(header, str) else json.dumps(header)
    return save(tensors, {key: text})


def facts(**changes: object) -> dict[str, object]:
    return {
        "format": "impasto-pack-1",
        "architecture": "multistyle",
        "name": "n",
        "licence": "l",
        "origin": "o",
        "judgement": {},
        **changes,
    }


def tensors_of(content: bytes) -> dict[str, torch.Tensor]:
    pack = Pack.from_bytes(content)
    return {**pack.kernels, **pack.condition}


def test_a_pack_paints_as_before_it_was_written(fast_engine: FastEngine) -> None:
    for pack in (fast_engine.builtin(3), fast_engine.pack_of(strokes(), "strokes")):
        again = Pack.from_bytes(pack.to_bytes())
        assert again.info == pack.info
        one, two = (
            fast_engine.stylize(hills(), [FastStyle(pack=each)], SMALL)
            for each in (pack, again)
        )
        assert one.tobytes() == two.tobytes()


def test_a_paintings_pack_is_the_painting(fast_engine: FastEngine) -> None:
    pack = FastStyle(pack=fast_engine.pack_of(strokes(), "strokes"))
    by_pack = fast_engine.stylize(hills(), [pack], SMALL)
    by_painting = fast_engine.stylize(hills(), strokes(), SMALL)
    assert by_pack.tobytes() == by_painting.tobytes()


def test_equal_packs_have_one_identity_and_others_another(
    fast_engine: FastEngine, sound: bytes
) -> None:
    assert identity(fast_engine.builtin(3).to_bytes()) == identity(sound)
    assert identity(Pack.from_bytes(sound).to_bytes()) == identity(sound)
    assert identity(fast_engine.builtin(4).to_bytes()) != identity(sound)


def test_styles_of_one_training_share_their_network(fast_engine: FastEngine) -> None:
    three, four = fast_engine.builtin(3), fast_engine.builtin(4)
    assert three.network_key == four.network_key
    assert three.network_key != fast_engine.pack_of(strokes(), "s").network_key


def test_the_judges_numbers_travel_along(sound: bytes) -> None:
    numbers = {"style_error_deep": 0.4, "edge_correlation": 1}
    content = file_of(facts(judgement=numbers), tensors_of(sound))
    assert Pack.from_bytes(content).info.judgement == numbers


@pytest.mark.parametrize(
    "header",
    [
        facts(format="impasto-pack-2"),
        facts(architecture="../../etc/passwd"),
        facts(architecture=None),
        facts(architecture=["multistyle"]),
        facts(name="x" * 501),
        facts(name="\x1b[31m"),
        facts(name=7),
        facts(extra="field"),
        facts(judgement={"style_error_deep": float("nan")}),
        facts(judgement={"style_error_deep": float("inf")}),
        facts(judgement={"style_error_deep": "0"}),
        facts(judgement={"style_error_deep": True}),
        facts(judgement={"__class__": 1}),
        facts(judgement=[1, 2]),
        {"format": "impasto-pack-1"},
        [],
        None,
        "no json",
        "[" * 20_000,
        json.dumps(facts())[:-1],
    ],
    ids=str,
)
def test_an_evil_header_is_refused(header: object, sound: bytes) -> None:
    with pytest.raises(PackError):
        Pack.from_bytes(file_of(header, tensors_of(sound)))


def test_a_file_of_others_is_refused(sound: bytes) -> None:
    for key in ("other", "Impasto"):
        with pytest.raises(PackError, match="header is not ours"):
            Pack.from_bytes(file_of(facts(), tensors_of(sound), key))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        b"\x00" * 8,
        b"\xff" * 64,
        struct.pack("<Q", 2**40) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        b"PK\x03\x04" + b"\x00" * 100,
        b"\x80\x04\x95" + b"\x00" * 100,
    ],
    ids=range(9),
)
def test_what_is_no_safetensors_is_refused(content: bytes) -> None:
    with pytest.raises(PackError, match="can not be read"):
        Pack.from_bytes(content)


def test_a_pack_that_was_cut_is_refused(sound: bytes) -> None:
    for length in (100, len(sound) // 2, len(sound) - 1):
        with pytest.raises(PackError):
            Pack.from_bytes(sound[:length])


def test_too_many_bytes_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PACK_BYTES", 10)
    with pytest.raises(PackError, match="has 11 bytes, may have 10"):
        Pack.from_bytes(b"x" * 11)


def test_other_tensors_are_refused(sound: bytes) -> None:
    name = "expand.2.weight"
    for wrong, message in (
        (torch.zeros(3, 4, 9, 8), r"must be float32 \(F32\) \[3, 4, 9, 9\]"),
        (torch.zeros(3, 4, 9, 9, dtype=torch.float16), "is F16"),
        (torch.full((3, 4, 9, 9), torch.nan), "not finite"),
        (torch.full((3, 4, 9, 9), torch.inf), "not finite"),
    ):
        content = file_of(facts(), {**tensors_of(sound), name: wrong})
        with pytest.raises(PackError, match=message):
            Pack.from_bytes(content)
    less = tensors_of(sound)
    del less[name]
    more = {**tensors_of(sound), "code": torch.zeros(1)}
    for tensors in (less, more):
        with pytest.raises(PackError, match="other tensors than its network"):
            Pack.from_bytes(file_of(facts(), tensors))


def test_numbers_that_overflow_are_an_error_and_no_picture(
    fast_engine: FastEngine, sound: bytes
) -> None:
    huge = {n: torch.full_like(t, 3e38) for n, t in tensors_of(sound).items()}
    pack = Pack.from_bytes(file_of(facts(), huge))
    with pytest.raises(NumericalDivergenceError, match="not finite"):
        fast_engine.stylize(hills(), [FastStyle(pack=pack)], SMALL)


def test_infos_refuse_what_can_not_be_shown() -> None:
    with pytest.raises(ValueError, match="licence must be a text"):
        PackInfo(name="n", licence="x" * 501, origin="o")
