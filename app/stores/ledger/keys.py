"""The names of what the ledger keeps in Redis; the scripts make the same ones."""

from app.contract.kind import Lane

PREFIX = "impasto:"
JOB = f"{PREFIX}job:"
LEASES = f"{PREFIX}leases"
WORKERS = f"{PREFIX}workers"
WORKER_CARDS = f"{PREFIX}worker_cards"
WORKERS_ABSENCE = f"{PREFIX}workers_absence"
BATCH = f"{PREFIX}batch:"
JOBS = f"{PREFIX}jobs:"
ACTIVE = f"{PREFIX}active:"
EVENTS = f"{PREFIX}events:"
COMMANDS = f"{PREFIX}commands:"
PAUSED = f"{PREFIX}paused"
LOSSES = f"{PREFIX}losses:"
REUSE = f"{PREFIX}reuse:"
NEWS = f"{PREFIX}news"
SAMPLES = f"{PREFIX}samples"
COUNTERS = f"{PREFIX}counters"
UNWRITTEN = f"{PREFIX}unwritten"
RESTORING = f"{PREFIX}restoring"
TURNS = f"{PREFIX}turns:"
IDEMPOTENCY = f"{PREFIX}idempotency:"
#: The queue of each lane; the long one has the name that it had alone.
QUEUES = {
    Lane.SHORT: f"{PREFIX}{Lane.SHORT}:queue",
    Lane.LONG: f"{PREFIX}queue",
}
#: Never there: see `RedisReader.ping`.
PROBE = f"{PREFIX}probe"
