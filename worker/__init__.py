"""The worker: takes jobs from the queue, has them run, stores what they make."""
