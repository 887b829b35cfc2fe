"""One machine, one command: embedded Valkey, worker, API and webhooks, supervised."""

from app.launcher.serve import ServeOptions, serve

__all__ = ["ServeOptions", "serve"]
