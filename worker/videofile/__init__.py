"""Clips as files: frames out of one, and frames and sound into another.

Whatever parses a stranger's bytes runs in a process of its own with limits: `decode`,
`mux`. Knows PyAV; neither torch nor OpenCV, and no kind of job.
"""
