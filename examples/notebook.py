"""Keeps `demo.ipynb` in step with `demo.py`, runs it, and renders it for the docs.

    python examples/notebook.py pair      # demo.py becomes demo.ipynb, no outputs
    python examples/notebook.py render    # runs it, writes docs/demo.md and pictures

`demo.py` is what is edited: cells begin with `# %%`, as editors and jupytext have it.
Needs nbformat, nbclient and ipykernel, which the extra `dev` installs.
"""

import argparse
import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

_HERE = Path(__file__).resolve().parent
SOURCE, NOTEBOOK = _HERE / "demo.py", _HERE / "demo.ipynb"
PAGE, PICTURES = _HERE.parent / "docs/demo.md", _HERE.parent / "docs/images/demo"
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
_TAGS = re.compile(r"tags=(\[.*\])")
_LONGEST_CELL_S = 600
_KERNEL_START_S = 180
#: Small, so that the page's pictures are, too.
_RENDERED = {
    "SIZE_PX": 176, "STEPS": 30, "STUDY_PX": 96, "STUDY_STEPS": 16,
    "TRAINED_S": 60, "CLIP_FRAMES": 8, "VIEWS": 6,
}  # fmt: skip
_HEAD = """<!-- Written by `python examples/notebook.py render` from demo.py. -->

*This is [the notebook](../examples/demo.ipynb), as it ran on two cores,
at small sizes and with few steps.*
"""


def paired() -> nbformat.NotebookNode:
    """Return the notebook that `demo.py` stands for."""
    cells = []
    for number, part in enumerate(_cells(SOURCE.read_text())):
        header, _, body = part.partition("\n")
        if "[markdown]" in header:
            lines = [line.removeprefix("#").removeprefix(" ") for line in
                     body.strip().splitlines()]  # fmt: skip
            cell = new_markdown_cell("\n".join(lines))
        else:
            tags = _TAGS.search(header)
            metadata = {"tags": json.loads(tags[1])} if tags else {}
            cell = new_code_cell(body.strip(), metadata=metadata)
        # Drawn ones would change the file each time.
        cell["id"] = f"cell-{number:02}"
        cells.append(cell)
    return new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})


def executed(**parameters: int) -> nbformat.NotebookNode:
    """Return the notebook with its outputs, run from a clean kernel.

    Args:
        parameters: in place of those in the tagged cell, in a cell after it.

    Raises:
        CellExecutionError: a cell failed; the message has its traceback.
    """
    notebook = paired()
    if parameters:
        tagged = [
            "parameters" in cell.metadata.get("tags", ()) for cell in notebook.cells
        ]
        lines = [f"{name} = {value}" for name, value in parameters.items()]
        cell = new_code_cell("\n".join(lines))
        notebook.cells.insert(tagged.index(True) + 1, cell)
    NotebookClient(
        notebook,
        kernel_name=_KERNEL["name"],
        startup_timeout=_KERNEL_START_S,
        timeout=_LONGEST_CELL_S,
        coalesce_streams=True,
        resources={"metadata": {"path": str(_HERE)}},
    ).execute()
    return notebook


def pictures_of(notebook: nbformat.NotebookNode) -> list[bytes]:
    """Return the JPEGs that its cells have shown, in order."""
    return [
        base64.b64decode(output["data"]["image/jpeg"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/jpeg" in output.get("data", ())
    ]


def rendered(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the page's blocks; pictures are written beside it."""
    yield _HEAD
    number = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell.source
            continue
        yield f"```python\n{cell.source}\n```"
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stdout":
                yield f"```text\n{output.text.rstrip()}\n```"
            elif "image/jpeg" in output.get("data", ()):
                number += 1
                path = PICTURES / f"{number:02}.jpg"
                path.write_bytes(base64.b64decode(output.data["image/jpeg"]))
                yield f"![{path.stem}](images/demo/{path.name})"


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked."""
    parser = argparse.ArgumentParser(description="Keep, run and render the notebook.")
    parser.add_argument("action", choices=("pair", "render"))
    action = parser.parse_args(arguments).action
    if action == "pair":
        NOTEBOOK.write_text(written(paired()))
        return 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.jpg"):
        old.unlink()
    PAGE.write_text("\n\n".join(rendered(executed(**_RENDERED))) + "\n")
    return 0


def written(notebook: nbformat.NotebookNode) -> str:
    """Return the file of a notebook."""
    return nbformat.writes(notebook) + "\n"


def _cells(text: str) -> list[str]:
    return re.split(r"(?m)^# %%", text)[1:]


if __name__ == "__main__":
    sys.exit(main())
