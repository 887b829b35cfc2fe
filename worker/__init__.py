"""The worker: takes jobs from the queue, has a runner paint, stores the pictures."""
