"""The kinds of jobs: one folder each."""
