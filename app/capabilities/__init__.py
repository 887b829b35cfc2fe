"""What this service can do, for programs: a page builds its form from the answer."""
