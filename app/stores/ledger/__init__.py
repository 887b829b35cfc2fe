"""The ledger in Redis: the one truth about jobs."""

from app.stores.ledger.redis_ledger import RedisLedger
from app.stores.ledger.rules import LedgerRules

__all__ = ["LedgerRules", "RedisLedger"]
