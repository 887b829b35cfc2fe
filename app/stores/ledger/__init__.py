"""The ledger: the one truth about every job, changed only by atomic steps."""

from app.stores.ledger.redis_ledger import RedisLedger
from app.stores.ledger.rules import LedgerRules

__all__ = ["LedgerRules", "RedisLedger"]
