"""A stored file in another media type: what a client likes better than what is kept."""
