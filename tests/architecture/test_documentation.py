"""What the documents say about settings, targets and files is so."""

import re
import runpy
from pathlib import Path

import pytest

from app.contract.kinds.image.parameters import StyleTransferParameters

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PARAMETERS = (ROOT / "docs/parameters.md").read_text()
DOCUMENTS = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")]


def test_every_setting_is_in_the_documents_as_it_is_in_the_code() -> None:
    program = runpy.run_path(str(ROOT / "docs/render_settings.py"))
    assert (ROOT / "docs/settings.md").read_text() == program["render"](), (
        "run: .venv/bin/python docs/render_settings.py"
    )


def test_every_parameter_of_a_job_is_in_the_documents() -> None:
    for name, field in StyleTransferParameters.model_fields.items():
        row = next(line for line in PARAMETERS.splitlines() if f"| `{name}` |" in line)
        bounds = [
            getattr(bound, limit)
            for limit in ("ge", "le")
            for bound in field.metadata
            if hasattr(bound, limit)
        ]
        if bounds:
            values = row.split("|")[2]
            assert re.match(r" [\d.]+ – [\d.]+(,|\s)", values), name
            told = [float(each) for each in re.findall(r"[\d.]+", values)]
            assert told[:2] == bounds, name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", README))
    assert named
    assert named <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_file_that_is_linked_exists(path: Path) -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / link).exists(), link
