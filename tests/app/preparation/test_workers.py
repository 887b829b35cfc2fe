import os
import time
from pathlib import Path

import pytest

from app.preparation.picture import Rejected
from app.preparation.sources import Item
from app.preparation.workers import outcomes


def work(item: Item) -> Rejected:
    if item.name == "deadly":
        os._exit(3)
    if item.name == "full":
        raise OSError(28, "no space left")
    time.sleep(0.01)
    return Rejected("done", item.name)


def items(*names: str) -> list[Item]:
    return [Item(name=name, path=Path(name), stamp="") for name in names]


def test_file_that_kills_its_decoder_is_named_and_all_others_are_done() -> None:
    names = ["a", "b", "deadly", *(f"{index}" for index in range(8))]
    done = {item.name: each for item, each in outcomes(items(*names), work, 2)}
    assert done.pop("deadly") == Rejected(
        "decoder_crashed", "the decoder crashed on it"
    )
    assert done == {name: Rejected("done", name) for name in names if name != "deadly"}


def test_disk_that_is_full_ends_it() -> None:
    with pytest.raises(OSError, match="no space left"):
        list(outcomes(items("a", "full", "b"), work, 1))
