"""What the worker finds on this machine, as one JSON object for `impasto doctor`.

`python -m worker.diagnosis` is a process of its own: the API never imports
torch, and a torch that crashes takes nobody along. Each part is told with an error if
it fails; it judges nothing.
"""

import json
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from app.contract.painting.choices import Network
from worker.settings import WorkerSettings

# Any: facts are JSON of whatever form tells them best.
Facts = dict[str, Any]


def diagnosis(settings: WorkerSettings) -> Facts:
    """Return what is there, part by part."""
    parts: Mapping[str, Callable[[WorkerSettings], Facts]] = {
        "torch": torch_facts,
        "torchvision": torchvision_facts,
        "gpu": gpu_facts,
        "compute": compute_facts,
        "kernels": kernel_facts,
        "weights": weights_facts,
        "fast": fast_facts,
    }
    return {name: _told(partial(part, settings)) for name, part in parts.items()}


def torch_facts(settings: WorkerSettings) -> Facts:
    """Return torch's version as it calls itself, and a worker's threads."""
    import torch  # noqa: PLC0415 - each part may fail on its own

    from worker.engine.machine.device import thread_count  # noqa: PLC0415

    return {"version": torch.__version__, "threads": thread_count(settings.threads)}


def torchvision_facts(_settings: WorkerSettings) -> Facts:
    """Return torchvision's version, loaded as the engine loads it."""
    from worker.engine.features.weights.torchvision_import import (  # noqa: PLC0415
        import_torchvision,
    )

    return {"version": import_torchvision().__version__}


def gpu_facts(_settings: WorkerSettings) -> Facts:
    """Return the GPUs that torch sees, or in its words why it sees none."""
    import torch  # noqa: PLC0415

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        is_there = torch.cuda.is_available()
    names = range(torch.cuda.device_count()) if is_there else ()
    return {
        "cuda": torch.version.cuda,
        "devices": [torch.cuda.get_device_name(number) for number in names],
        "complaints": [str(each.message) for each in caught],
        "driver": Path("/proc/driver/nvidia/version").exists(),
    }


def compute_facts(settings: WorkerSettings) -> Facts:
    """Return the device and the precision that jobs get with these settings."""
    from worker.engine.machine.device import choose, cpu_flags  # noqa: PLC0415

    chosen = choose(settings.device, settings.precision)
    return {
        "device": str(chosen.device),
        "precision": str(chosen.precision),
        "cpu_flags": sorted(cpu_flags()),
    }


def kernel_facts(settings: WorkerSettings) -> Facts:
    """Return whether our own convolutions are built, or with what they could be."""
    from worker.engine.features.backbones.winograd import build  # noqa: PLC0415
    from worker.engine.machine.device import cpu_flags  # noqa: PLC0415

    cache_dir = _cache_dir(settings)
    targets = [build.native_target(), *build.portable_targets()]
    flags = cpu_flags()
    usable = [each for each in targets if each.needs <= flags]
    found = [each.name for each in usable if build.cached(each, cache_dir)]
    return {
        "wanted": settings.convolutions,
        "compiler": build.find_compiler(),
        "built_for": found,
    }


def weights_facts(settings: WorkerSettings) -> Facts:
    """Return each network's checksum and licence, or why there are no weights."""
    from worker.engine.features.backbone import Sources  # noqa: PLC0415
    from worker.engine.features.extractor import uninterrupted  # noqa: PLC0415
    from worker.engine.features.registry import backbone  # noqa: PLC0415

    def told(network: str, path: Path | None) -> Facts:
        sources = Sources(cache_dir=settings.cache_dir, path=path)
        row = backbone(Network(network))
        weights = row.load(sources, uninterrupted)
        licence = row.published.licence if row.published else "your own file's"
        return {"sha256": weights.sha256, "licence": licence}

    paths = settings.weights_paths
    return {
        name: _told(partial(told, name, paths.get(name))) for name in settings.networks
    }


def fast_facts(settings: WorkerSettings) -> Facts:
    """Return the fast networks' checksum and licences; None if not offered."""
    if settings.withheld:
        return {"sha256": None}
    from worker.engine.catalogue import ARBITRARY, MULTISTYLE_26  # noqa: PLC0415
    from worker.engine.feedforward.weights import load_arbitrary  # noqa: PLC0415

    return {
        "sha256": load_arbitrary(settings.cache_dir).sha256,
        "licences": {
            "any painting": ARBITRARY.licence,
            "26 styles": MULTISTYLE_26.licence,
        },
    }


def _cache_dir(settings: WorkerSettings) -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415

    return settings.cache_dir or user_cache_path("impasto")


def _told(part: Callable[[], Facts]) -> Facts:
    try:
        return part()
    # Whatever is broken here is exactly what was asked for.
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps(diagnosis(WorkerSettings())))  # noqa: T201 - it is the answer
