"""Finds pictures: in folders, in tar shards; and who made them, by what lies beside."""

from app.preparation.sources.finding import NamedLabels, find_items
from app.preparation.sources.item import Found, Item, Unusable

__all__ = ["Found", "Item", "NamedLabels", "Unusable", "find_items"]
