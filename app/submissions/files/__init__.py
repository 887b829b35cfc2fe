"""The files of a submission: where they come from, and their clean copies."""
