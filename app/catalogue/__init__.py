"""The styles that were put into the library, as blobs.

Beside the stores, so that a worker may put in what a job has made. Knows no HTTP and
nothing of the styles that came with the service.
"""
