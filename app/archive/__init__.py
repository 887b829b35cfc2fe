"""What is kept of jobs beside the ledger: a lost Redis loses no accepted job.

Three kinds of files: each order as it was accepted, how each job ended, each batch. The
room speaks to the two stores by their ports; it knows no HTTP and no Redis.
"""
