"""Uploads: files that arrive before the jobs that will name them, resumably."""
