"""The outbox of webhooks in Redis.

`impasto:outbox` is a sorted set of `<job id>:<event>` by the second in which each is
due; the ledger's scripts add to it. `impasto:deliveries:<job id>` is a hash with the
log of one job; who deletes the job deletes it, and the job's members of the set.
"""

from app.stores.outbox.redis_outbox import RedisOutbox

__all__ = ["RedisOutbox"]
