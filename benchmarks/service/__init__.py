"""The whole service as users run it: more workers, a crowd, and a long day.

Each measurement starts `impasto serve` on a directory of its own and ends it again.
"""
