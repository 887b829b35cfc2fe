"""The worker's facts are judged in words; without facts, that is told."""

import sys
from copy import deepcopy
from typing import Any

import pytest

from app.commands.doctor import worker
from app.commands.doctor.findings import Finding, Level

FACTS: dict[str, Any] = {
    "torch": {"version": "2.13.0", "threads": 2},
    "torchvision": {"version": "0.28.0"},
    "gpu": {"cuda": None, "devices": [], "complaints": [], "driver": False},
    "compute": {
        "device": "cpu",
        "precision": "float32",
        "cpu_flags": ["avx2", "fma", "sse"],
    },
    "kernels": {"wanted": "auto", "compiler": "/usr/bin/c++", "built_for": ["native"]},
    "weights": {"vgg19": {"sha256": "ab" * 32, "licence": "CC BY 4.0"}},
    "fast": {"sha256": "cd" * 32, "licences": {"26 styles": "not known"}},
}


def judged(part: str, **changes: Any) -> dict[str, Finding]:
    facts = deepcopy(FACTS)
    facts[part] = changes if "error" in changes else facts[part] | changes
    return {each.check: each for each in worker.judge(facts)}


def test_a_sound_worker_is_told_part_by_part() -> None:
    found = judged("torch")
    assert {each.level for each in found.values()} == {Level.OK}
    assert "avx2, fma" in found["device"].message
    assert "licence: CC BY 4.0; SHA-256 abab" in found["weights"].message
    assert "for 26 styles: not known; SHA-256 cdcd" in found["fast"].message


@pytest.mark.parametrize(
    ("part", "changes", "check", "level", "words"),
    [
        (
            "torch",
            {"error": "ImportError: x"},
            "torch",
            "problem",
            "cannot be imported",
        ),
        ("torchvision", {"error": "x"}, "torchvision", "problem", "cannot be imported"),
        ("gpu", {"devices": ["H100"], "cuda": "13.0"}, "gpu", "ok", "GPU: H100"),
        ("gpu", {"driver": True}, "gpu", "warning", "this torch is built for CPUs"),
        (
            "gpu",
            {"cuda": "13.0", "complaints": ["driver too old"]},
            *("gpu", "warning", "sees no GPU: driver too old"),
        ),
        ("compute", {"error": "no cuda:7"}, "device", "problem", "no cuda:7"),
        ("kernels", {"built_for": []}, "kernels", "ok", "at the first start by"),
        (
            "kernels",
            {"built_for": [], "compiler": None},
            *("kernels", "warning", "no C++ compiler"),
        ),
        ("kernels", {"error": "rights"}, "kernels", "warning", "rights"),
        ("weights", {"vgg16": {"error": "none kept"}}, "weights", "problem", "vgg16"),
        ("fast", {"error": "no package"}, "fast", "problem", "no package"),
        ("fast", {"sha256": None}, "fast", "ok", "impasto[fast]"),
    ],
)
def test_each_fault_has_its_words_and_its_weight(
    part: str, changes: dict[str, Any], check: str, level: str, words: str
) -> None:
    found = judged(part, **changes)[check]
    assert found.level == level
    assert words in found.message


def test_an_old_cpu_without_a_compiler_is_no_fault() -> None:
    facts = deepcopy(FACTS)
    facts["compute"]["cpu_flags"] = ["sse2"]
    facts["kernels"] |= {"built_for": [], "compiler": None}
    found = {each.check: each for each in worker.judge(facts)}
    assert found["kernels"].level is Level.OK


def test_a_worker_that_dies_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'Illegal instruction' >&2\nexit 132\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    found = worker.ask()
    assert isinstance(found, Finding)
    assert found.level is Level.PROBLEM
    assert "exit code 132" in found.message
    assert "Illegal instruction" in found.message


def test_nothing_is_asked_where_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert list(worker.look()) == []
