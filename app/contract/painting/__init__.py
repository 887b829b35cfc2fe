"""The vocabulary of all that is painted, whatever it is a picture of.

Kinds of jobs share it. `choices`, `limits`, `layers` and `ladder` need the standard
library alone, so that the engine can have the same words and numbers. It names no kind.
"""
