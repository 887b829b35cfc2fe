"""A point cloud or Gaussian splats, painted from all sides.

`choices`, `limits`, `ply` and `splat` need the standard library alone, so that the
engine can have the same words, numbers and headers.
"""
