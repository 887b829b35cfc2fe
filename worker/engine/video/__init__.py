"""Steady clips: shots, motion, and paint that sticks to what moves.

Frames are (H, W, 3) arrays of sRGB in 0 to 255; flows are (h, w, 2) in pixels of their
own, smaller, size: x before y. Knows OpenCV; neither files nor codecs nor networks.
"""
