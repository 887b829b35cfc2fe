"""Finds what of a photograph is to be kept: people or faces, as a soft mask."""

from worker.engine.keep.finder import KeepFinder
from worker.engine.keep.found import Kept
from worker.engine.keep.weights import fetch

__all__ = ["KeepFinder", "Kept", "fetch"]
