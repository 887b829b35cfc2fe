"""The order slip: what the front of house and the workshop say to each other.

Pydantic and the standard library only. It knows no HTTP, no Redis, no Celery and no
torch, so that either side can be rewritten without the other.
"""
