"""Convolutions by Winograd's F(4x4, 3x3) in machine code of our own, for CPUs.

`backend.py` is the door; `build.py` compiles `kernels.cpp`, `library.py` calls it.
"""
