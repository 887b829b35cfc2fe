"""What is kept of jobs beside the ledger: a lost Redis loses no accepted job.

Kinds of files: each job as it was accepted, what was asked of it and is not done yet,
how each job ended, each batch. The room speaks to the two stores by their ports; it
knows no HTTP and no Redis.
"""
