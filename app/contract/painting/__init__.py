"""The vocabulary of all that is painted, whatever it is a picture of.

Kinds of jobs and the engine share it: choices, bounds, layers, the ladder of scales;
parameters, slots and answers that mean the same in each. It names no kind.
"""
