"""From the body of a stranger's request to pictures, parameters and a queued job.

Multipart and JSON end in the same values here, and are refused with the same words.
Both single jobs and batches are built on this room; it knows no route and no answer.
"""
