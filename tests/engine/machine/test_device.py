"""Devices and precisions are chosen by name, and wrong names are refused."""

from pathlib import Path

import pytest
import torch

from worker.engine import EngineError, Precision
from worker.engine.machine import device


def test_auto_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: True)
    assert device.choose("auto", "auto").precision == "bfloat16"
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: False)
    chosen = device.choose("auto", "auto")
    assert (str(chosen.device), chosen.precision) == ("cpu", "float32")


@pytest.mark.parametrize(
    ("line", "hidden", "precision"),
    [
        ("flags : fpu avx512f avx512_bf16", "", "bfloat16"),
        ("flags : fpu avx512f avx512_bf16", "avx512_bf16", "float32"),
        ("flags : avx512_bf16 amx_bf16", "avx512_bf16", "bfloat16"),
        ("flags : avx512_bf16 amx_bf16", " amx_bf16 ,avx512_bf16,", "float32"),
        ("Features : asimd bf16", "", "bfloat16"),
        ("Features : asimd bf16", "bf16", "float32"),
        ("flags : fpu avx2", "", "float32"),
    ],
)
def test_auto_follows_the_flags_that_are_not_hidden(
    line: str,
    hidden: str,
    precision: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\n{line}\n")
    monkeypatch.setattr(device, "_CPU_FLAGS", cpuinfo)
    monkeypatch.setenv("IMPASTO_HIDE_CPU_FLAGS", hidden)
    assert device.choose("cpu", "auto").precision == precision


def test_the_asked_for_precision_is_taken() -> None:
    assert device.choose("cpu", "float32").precision is Precision.FLOAT32
    assert device.choose("cpu", "bfloat16").precision is Precision.BFLOAT16


@pytest.mark.parametrize("name", ["gpu", "", "mps", "cuda:x", "meta"])
def test_unknown_devices_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be auto, cpu, cuda"):
        device.choose(name, "auto")


def test_a_missing_device_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="CUDA devices are here"):
        device.choose("cuda:99", "auto")


def test_unknown_precisions_are_refused() -> None:
    with pytest.raises(ValueError, match="auto, float32, bfloat16"):
        device.choose("cpu", "int8")


def test_peak_memory_falls_when_it_is_reset() -> None:
    cpu = torch.device("cpu")
    device.keep_freed_memory()
    big = torch.ones(200 * 2**20, dtype=torch.uint8)
    high_bytes = device.peak_memory_bytes(cpu)
    del big
    device.release_freed_memory()
    device.reset_peak_memory(cpu)
    low_bytes = device.peak_memory_bytes(cpu)
    assert high_bytes is not None
    assert low_bytes is not None
    assert low_bytes < high_bytes - 150 * 2**20


@pytest.mark.parametrize("count", [0, -1])
def test_no_threads_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        device.use_threads(count)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine whose files tell what a test writes into them."""
    monkeypatch.setattr(device, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(device, "_CONTROL_GROUP", tmp_path)
    (tmp_path / "meminfo").write_text("MemTotal: 4096 kB\nMemAvailable: 3072 kB\n")
    return tmp_path


def test_memory_is_the_systems_without_a_container(system: Path) -> None:
    cpu = torch.device("cpu")
    assert device.total_memory_bytes(cpu) == 4096 * 1024
    assert device.free_memory_bytes(cpu) == 3072 * 1024
    (system / "memory.max").write_text("max\n")
    assert device.free_memory_bytes(cpu) == 3072 * 1024


def test_a_containers_limit_counts_and_files_nobody_reads_are_free(
    system: Path,
) -> None:
    cpu = torch.device("cpu")
    (system / "memory.max").write_text("2000000\n")
    (system / "memory.current").write_text("1900000\n")
    (system / "memory.stat").write_text("anon 400000\ninactive_file 1100000\n")
    assert device.total_memory_bytes(cpu) == 2_000_000
    assert device.free_memory_bytes(cpu) == 1_200_000


def test_memory_nobody_knows_is_none(system: Path) -> None:
    (system / "meminfo").write_text("nothing of use\n")
    cpu = torch.device("cpu")
    assert device.total_memory_bytes(cpu) is None
    assert device.free_memory_bytes(cpu) is None


def test_the_process_knows_what_it_holds() -> None:
    before = device.process_memory_bytes()
    held = torch.ones(64 * 2**20, dtype=torch.uint8)
    after = device.process_memory_bytes()
    assert before is not None
    assert after is not None
    assert after - before > 0.9 * held.nbytes
