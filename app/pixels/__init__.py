"""Decoded pixels become a small clean copy: 8-bit sRGB, upright, no metadata.

Stands on Pillow alone, so that a process of its own can do it that starts quickly. It
knows no rules of what is accepted, and no HTTP.
"""
