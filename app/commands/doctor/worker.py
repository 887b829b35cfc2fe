"""What paints: torch, the GPU, the CPU, our convolutions, the network's weights.

Asks the worker in a process of its own; nothing of it is imported here.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from app.commands.doctor.findings import Finding, ok, problem, warning

#: A first start converts the weights, on a slow disk.
_TIMEOUT_S = 180
_LAST_WORDS = 400
#: What a CPU needs for our convolutions to be worth their while.
_FAST_FLAGS = ({"avx2", "fma"}, {"asimd"})

# Any: the worker's facts are JSON; each is read where its meaning is known.
Facts = dict[str, Any]


def look() -> Iterator[Finding]:
    """Yield what the worker says; nothing where it is not installed."""
    if not is_installed():
        return
    facts = ask()
    if isinstance(facts, Finding):
        yield facts
    else:
        yield from judge(facts)


def is_installed() -> bool:
    """Tell whether there is a worker to ask; imports none of it."""
    return all(map(importlib.util.find_spec, ("torch", "worker")))


def ask() -> Facts | Finding:
    """Return the worker's facts, or why it told none."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "worker.diagnosis"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        facts: Facts = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return problem(
            "workshop",
            f"torch did not load within {_TIMEOUT_S} s",
            "look for a slow disk or a hanging GPU driver (nvidia-smi)",
        )
    except (ValueError, IndexError):
        words = done.stderr.strip()[-_LAST_WORDS:]
        return problem(
            "workshop",
            f"the worker cannot be asked (exit code {done.returncode}): {words}",
            "reinstall it: pip install --force-reinstall 'impasto[worker]'",
        )
    return facts


def judge(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each part that was told."""
    torch = facts["torch"]
    if "error" in torch:
        yield problem(
            "torch",
            f"torch cannot be imported: {torch['error']}",
            "reinstall it: pip install --force-reinstall 'impasto[worker]'",
        )
        return
    yield ok("torch", f"torch {torch['version']} loads, {torch['threads']} threads")
    if "error" in facts["torchvision"]:
        yield problem(
            "torchvision",
            f"torchvision cannot be imported: {facts['torchvision']['error']}",
            "reinstall it: pip install --force-reinstall 'impasto[worker]'",
        )
    yield _gpu(facts["gpu"])
    yield _compute(facts["compute"])
    yield _kernels(facts["kernels"], facts["compute"])
    for network, weights in facts["weights"].items():
        yield _weights(network, weights)
    yield _fast(facts["fast"])


def _gpu(gpu: Facts) -> Finding:
    if "error" in gpu:
        return warning("gpu", f"no GPU: {gpu['error']}", "pictures are painted on CPUs")
    if gpu["devices"]:
        return ok("gpu", f"GPU: {', '.join(gpu['devices'])} (CUDA {gpu['cuda']})")
    if gpu["cuda"] is None:
        # An installation for CPUs is a choice, and no fault if there is no GPU.
        if not gpu["driver"]:
            return ok("gpu", "no GPU; this torch is built for CPUs")
        return warning(
            "gpu",
            "there is an NVIDIA driver, but this torch is built for CPUs",
            "install torch with CUDA: https://pytorch.org/get-started/locally",
        )
    complaints = "; ".join(gpu["complaints"]) or "the driver shows none"
    return warning(
        "gpu",
        f"torch with CUDA {gpu['cuda']} sees no GPU: {complaints}",
        "if there is one, see what nvidia-smi says; CPUs are used",
    )


def _compute(compute: Facts) -> Finding:
    if "error" in compute:
        return problem(
            "device",
            f"jobs cannot be computed as asked: {compute['error']}",
            "correct IMPASTO_DEVICE or IMPASTO_PRECISION, or leave both out",
        )
    flags = set(compute["cpu_flags"])
    notable = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd")
    has = ", ".join(name for name in notable if name in flags) or "not known"
    return ok(
        "device",
        f"jobs are computed on {compute['device']} in {compute['precision']}; the CPU "
        f"has: {has}",
    )


def _kernels(kernels: Facts, compute: Facts) -> Finding:
    if "error" in kernels:
        return warning(
            "kernels",
            f"our convolutions cannot be used: {kernels['error']}",
            "torch's are used, which are slower on CPUs; mend the cache's rights",
        )
    flags = set(compute.get("cpu_flags", ()))
    if kernels["built_for"]:
        names = ", ".join(kernels["built_for"])
        return ok("kernels", f"our convolutions are compiled (for: {names})")
    if kernels["compiler"]:
        words = (
            f"our convolutions are compiled at the first start by {kernels['compiler']}"
        )
        return ok("kernels", words)
    if flags and not any(needed <= flags for needed in _FAST_FLAGS):
        return ok(
            "kernels", "this CPU is too old for our convolutions; torch's are used"
        )
    return warning(
        "kernels",
        "no C++ compiler: torch's convolutions are used, which are slower on CPUs",
        "install g++ or clang++, or name one in CXX",
    )


def _weights(network: str, weights: Facts) -> Finding:
    if "error" in weights:
        return problem(
            "weights",
            f"the weights of {network} cannot be used: {weights['error']}",
            f"run: python -m worker.engine fetch-weights --network {network} --help",
        )
    return ok(
        "weights",
        f"weights of {network} are sound, licence: {weights['licence']}; SHA-256 "
        f"{weights['sha256']}",
    )


def _fast(fast: Facts) -> Finding:
    if "error" in fast:
        return problem(
            "fast",
            f"the engine fast cannot be used: {fast['error']}",
            "install it: pip install 'impasto[fast]', or set IMPASTO_FAST=false",
        )
    if fast["sha256"] is None:
        return ok(
            "fast",
            "the engine fast is not offered; pip install 'impasto[fast]' adds it",
        )
    licences = "; ".join(
        f"for {name}: {licence}" for name, licence in fast["licences"].items()
    )
    return ok(
        "fast",
        f"the networks of the engine fast are sound, licences {licences}; SHA-256 "
        f"{fast['sha256']}",
    )
