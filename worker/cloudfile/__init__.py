"""Clouds as files, and what cameras see of them: a sparse matrix each.

Knows NumPy and SciPy, neither torch nor paintings: a process that has to look at a
cloud alone starts quickly.
"""
