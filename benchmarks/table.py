"""A table in Markdown, so that a measurement can be pasted where it is claimed."""

from collections.abc import Sequence


def show(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    notes: Sequence[str] = (),
) -> None:
    """Print one table, and below it what must be known to read it."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join(" --- " for _ in head) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    for note in notes:
        print(f"\n{note}")
    print(flush=True)
