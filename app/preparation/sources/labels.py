"""Who made a picture and in which manner, by its path or by a table beside it.

WikiArt's layout is `Style_Name/artist-name_title.jpg`; its tables have a row a file.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

#: What columns are called, in tables that people have.
_FILE_COLUMNS = ("filename", "file_name", "file", "path")
_COLUMNS = {
    "artist": ("artist", "author", "photographer"),
    "style": ("style", "genre"),
    "licence": ("licence", "license"),
}
_MOST_CHARACTERS = 300


def path_labels(inner: Path) -> dict[str, str]:
    """Return the style and the artist that a path within a source names, if it does.

    Args:
        inner: `Impressionism/claude-monet_regatta-1872.jpg`.
    """
    artist, separator, title = inner.stem.partition("_")
    if len(inner.parts) < 2 or not (artist and separator and title):
        return {}
    style = inner.parent.name.replace("_", " ").strip()
    return {"style": style, "artist": artist.replace("-", " ").title()}


def csv_labels(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a file's path within the source and its labels, of each row.

    A table without a column of files is somebody else's: nothing is yielded.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no table.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        try:
            rows = csv.DictReader(file)
            columns = {name.strip().lower(): name for name in rows.fieldnames or ()}
            key = _first(columns, _FILE_COLUMNS)
            for row in rows if key else ():
                labels = {
                    label: _tidy(row.get(column) or "")
                    for label, names in _COLUMNS.items()
                    if (column := _first(columns, names))
                }
                yield str(row[key]), {k: v for k, v in labels.items() if v}
        except csv.Error as error:
            raise ValueError(str(error)) from error


def _first(columns: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((columns[name] for name in names if name in columns), None)


def _tidy(text: str) -> str:
    """Return a cell without the brackets of a list of one: `['Cubism']`."""
    return text.strip().strip("[]'\" ")[:_MOST_CHARACTERS]
