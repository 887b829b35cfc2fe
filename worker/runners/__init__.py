"""The port that runs a job, and a runner for each kind of job."""
