"""`impasto datasets`: what a training of a service may learn from."""

from rich.markup import escape
from rich.table import Table

from app.client import Dataset
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.terminal import as_members, new_table, say_json, say_table


@command
def datasets(*, options: c.ServiceOptions) -> None:
    """List the sets of pictures that a training may use."""
    with options.client() as client:
        found = client.datasets()
    if options.as_json:
        say_json({"data": [as_members(each) for each in found]})
    else:
        say_table(_table(found))


def _table(found: list[Dataset]) -> Table:
    table = new_table("DATASET", "PICTURES", "HELD OUT", "LICENSES")
    for each in found:
        counts = str(each.pictures), str(each.split.held_out)
        table.add_row(escape(each.name), *counts, escape(", ".join(each.licenses)))
    return table
