"""The contract: what the API and the worker say to each other.

Pydantic and the standard library only. It knows no HTTP, no Redis, no Celery and no
torch, so that either side can be rewritten without the other.
"""
