"""Pictures in one pass of a small network, without any optimization.

Two networks that others trained: one with 26 styles of its own, and one that takes its
style from any painting. Knows colours, masks and the judge's report; neither VGG nor
the optimizers.
"""
