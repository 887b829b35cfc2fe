"""The worker tells each part of itself, and a broken part keeps no other back."""

from pathlib import Path

from worker import diagnosis
from worker.settings import WorkerSettings


def test_every_part_tells_facts(tmp_path: Path) -> None:
    settings = WorkerSettings(cache_dir=tmp_path, device="cpu")
    torch = diagnosis.torch_facts(settings)
    assert torch["version"].startswith("2.")
    assert diagnosis.torchvision_facts(settings)["version"].startswith("0.")
    assert diagnosis.compute_facts(settings)["device"] == "cpu"
    kernels = diagnosis.kernel_facts(settings)
    assert kernels["built_for"] == [], "nothing is kept in an empty cache"
    fast = diagnosis.fast_facts(WorkerSettings(fast=True))
    assert fast["licences"]["any painting"] == "Apache-2.0"
    assert set(diagnosis.gpu_facts(settings)) == {
        *("cuda", "devices", "complaints", "driver")
    }


def test_a_part_that_fails_tells_why_and_keeps_no_other_back(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.pth"
    settings = WorkerSettings(
        cache_dir=tmp_path,
        device="cuda:77",
        weights_paths={"vgg19": nowhere},
    )
    told = diagnosis.diagnosis(settings)
    assert "cuda:77" in told["compute"]["error"]
    assert "nowhere.pth" in told["weights"]["vgg19"]["error"]
    assert "version" in told["torch"]
