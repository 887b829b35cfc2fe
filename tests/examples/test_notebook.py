"""The notebook is its script, and runs from a clean kernel without an error."""

import io
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    # Jupyter's libraries say on import what they will change.
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    sys.modules.pop("notebook", None)
    import notebook  # noqa: PLC0415 - a file of the examples

    return notebook


def test_notebook_is_what_its_script_says_without_outputs(notebook: ModuleType) -> None:
    text = notebook.NOTEBOOK.read_text()
    assert text == notebook.written(notebook.paired()), (
        "run: .venv/bin/python examples/notebook.py pair"
    )
    assert '"outputs": []' in text


def test_every_code_cell_asserts_something(notebook: ModuleType) -> None:
    cells = [cell for cell in notebook.paired().cells if cell.cell_type == "code"]
    assert len(cells) >= 12
    assert all("assert " in cell.source for cell in cells)
    tags = [cell.metadata.get("tags") for cell in cells]
    assert tags.count(["parameters"]) == 1


@pytest.mark.e2e
@pytest.mark.vgg_weights
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_notebook_runs_in_fast_mode_and_shows_its_pictures(
    notebook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_DEMO_FAST", "1")
    monkeypatch.delenv("IMPASTO_URL", raising=False)
    shown = notebook.pictures_of(notebook.executed())
    assert len(shown) >= 10
    for each in shown:
        with Image.open(io.BytesIO(each)) as picture:
            assert picture.width >= 96
