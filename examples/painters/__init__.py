"""Painters: one module a manner, each paints a picture from a seed alone.

They know numpy and Pillow, and nothing of the service that will use the pictures.
"""
