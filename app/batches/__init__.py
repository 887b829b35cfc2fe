"""Batches: every photograph in the manner of every painting, and their sheet."""
