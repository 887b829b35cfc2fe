"""The port that runs a job, and its implementations."""
