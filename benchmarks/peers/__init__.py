"""Programs that anybody can install by pip, measured beside ours.

They are no dependencies: `make peers` puts them into an environment of their own, and
the `run_*` modules here run with that environment's interpreter. What those import must
be there, so none of them imports the engine.
"""
