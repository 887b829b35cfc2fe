"""Point clouds and Gaussian splats, painted from all sides.

With fixed places a view is a constant sparse matrix times the colours; so the losses of
pictures, taken on random views, paint the cloud itself. Knows no web and no queue.
"""
