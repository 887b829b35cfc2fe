-- Drop the record of a job that is not kept beside the ledger: it was forgotten before,
-- and what the ledger lost with its last words was that. Its pictures are left to the
-- collector.
-- Takes token, patience_s, id
-- Returns 1, or -1: the token does not count any more.
if redis.call('GET', RESTORING) ~= arg.token then return -1 end
redis.call('EXPIRE', RESTORING, arg.patience_s)
local id = arg.id
if not field(id, 'status') then return 1 end
local owner = field(id, 'owner')
dequeue(id)
for _, blob in ipairs(blobs_of(id)) do
  local holders = P .. 'holders:' .. blob
  redis.call('ZREM', holders, id)
  local last = redis.call('ZRANGE', holders, -1, -1, 'WITHSCORES')[2]
  if last then redis.call('ZADD', BLOBS, last, blob) else redis.call('ZREM', BLOBS, blob) end
end
for _, key in ipairs({BELLS, LEASES, DEADLINES, PAUSED, ENDED}) do redis.call('ZREM', key, id) end
release_states(id)
redis.call('SREM', UNWRITTEN, id)
redis.call('SREM', P .. 'active:' .. owner, id)
redis.call('ZREM', P .. 'jobs:' .. owner, field(id, 'listed'))
local reuse = P .. 'reuse:' .. field(id, 'fingerprint')
if redis.call('GET', reuse) == id then redis.call('DEL', reuse) end
for _, event in ipairs({'started', 'succeeded', 'failed', 'canceled'}) do
  redis.call('ZREM', OUTBOX, id .. ':job.' .. event)
end
for _, kind in ipairs({'events:', 'losses:', 'previews:', 'deliveries:', 'commands:'}) do
  redis.call('DEL', P .. kind .. id)
end
redis.call('DEL', job_key(id))
return 1
