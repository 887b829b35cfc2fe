"""Data sets for trainings: making them here, and those that a service has."""

from app.commands.datasets.listing import datasets
from app.commands.datasets.making import dataset

__all__ = ["dataset", "datasets"]
