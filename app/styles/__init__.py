"""The style library: paintings that come with the service, and those put into it."""
