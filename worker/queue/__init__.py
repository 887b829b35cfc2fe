"""What Celery calls; the only modules that know it."""
