"""Threads follow what this process may use, whoever limits it."""

import os
from pathlib import Path

import pytest
import torch

from worker.engine.machine import cores, device


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine of 8 cores whose control groups say what a test writes into them."""
    monkeypatch.setattr(cores, "_CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(cores, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    return tmp_path


def write(folder: Path, **contents: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name.replace("cpu_", "cpu.")).write_text(content)


def test_without_limits_all_allowed_cores_count(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cores.usable_cores() == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5})
    assert cores.usable_cores() == 2


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("50000 100000\n", 1),
        ("1600000 100000\n", 8),
        ("nonsense\n", 8),
    ],
)
def test_a_containers_limit_counts(system: Path, limit: str, expected: int) -> None:
    write(system, cpu_max=limit)
    assert cores.usable_cores() == expected


def test_the_first_versions_limit_counts(system: Path) -> None:
    write(system / "cpu", cpu_cfs_quota_us="-1\n", cpu_cfs_period_us="100000\n")
    assert cores.usable_cores() == 8
    write(system / "cpu", cpu_cfs_quota_us="300000\n")
    assert cores.usable_cores() == 3


def test_the_smallest_limit_of_all_groups_around_counts(system: Path) -> None:
    write(system, own="0::/system.slice/worker.service/child\n")
    write(system / "system.slice", cpu_max="600000 100000\n")
    write(system / "system.slice/worker.service", cpu_max="400000 100000\n")
    write(system / "system.slice/worker.service/child", cpu_max="max 100000\n")
    assert cores.usable_cores() == 4


def test_a_group_of_the_first_version_counts(system: Path) -> None:
    write(system, own="5:memory:/a\n4:cpu,cpuacct:/docker/b\n1:name=systemd:/c\n")
    limit = {"cpu_cfs_quota_us": "200000\n", "cpu_cfs_period_us": "100000\n"}
    write(system / "cpu/docker/b", **limit)
    assert cores.usable_cores() == 2


def test_threads_are_never_more_than_the_cores(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    write(system, cpu_max="300000 100000\n")
    for asked in (1, 3, 64, None):
        device.use_threads(asked)
    assert used == [1, 3, 3, 3]
