"""The format `.splat`: 32 bytes a Gaussian, nothing before and nothing after them.

Three floats place, three floats scale, red, green, blue, alpha and a quaternion (w
first) in bytes; little endian. Source: antimatter15/splat, its README.
"""

ROW_BYTES = 32
#: For numpy and, with spaces, for people: where each part of a row begins.
SCALE_OFFSET, COLOR_OFFSET, ROTATION_OFFSET = 12, 24, 28
