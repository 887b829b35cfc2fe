"""One machine, one command: embedded Valkey, worker and API under one supervisor."""

from app.launcher.serve import ServeOptions, serve

__all__ = ["ServeOptions", "serve"]
