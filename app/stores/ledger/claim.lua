-- Take a job for a new attempt: only one that waits, or whose holder's lease ran out.
-- KEYS job, queue, bells, leases; ARGV id, worker, lease_s, max attempts, failure
-- Returns the attempt's number, or 0: nothing to do.
local status = redis.call('HGET', KEYS[1], 'status')
local lease_end = redis.call('ZSCORE', KEYS[4], ARGV[1])
local abandoned = (status == 'starting' or status == 'processing')
  and (not lease_end or tonumber(lease_end) < now)
if status ~= 'queued' and not abandoned then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[1], 'progress')
redis.call('HINCRBY', KEYS[1], 'revision', 1)
if redis.call('HEXISTS', KEYS[1], 'cancel_requested_at') == 1 then
  redis.call('HSET', KEYS[1], 'status', 'canceled', 'completed_at', now)
  return 0
end
if tonumber(redis.call('HGET', KEYS[1], 'attempt')) >= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'status', 'failed', 'completed_at', now, 'error', ARGV[5])
  return 0
end
redis.call('ZADD', KEYS[4], now + tonumber(ARGV[3]), ARGV[1])
redis.call('HSET', KEYS[1], 'status', 'starting', 'worker', ARGV[2], 'started_at', now)
return redis.call('HINCRBY', KEYS[1], 'attempt', 1)
