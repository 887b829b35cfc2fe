"""Prepared pictures for a training: where they lie, and random crops of them.

Reads what `impasto dataset prepare` wrote, and the set `builtin` that is always there.
Knows nothing of what the crops are for.
"""

from worker.engine.datasets.crops import Crops
from worker.engine.datasets.dataset import Dataset, open_dataset, read_dataset

__all__ = ["Crops", "Dataset", "open_dataset", "read_dataset"]
