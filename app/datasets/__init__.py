"""The data sets that a training may use: `builtin`, and what the operator prepared."""
