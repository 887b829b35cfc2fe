"""What is written of jobs and read again, perhaps by another version."""
