"""A picture from a photograph and paintings: what may be asked, and how much it is.

`choices`, `limits`, `layers` and `ladder` need the standard library alone, so that the
engine can have the same words and numbers.
"""
