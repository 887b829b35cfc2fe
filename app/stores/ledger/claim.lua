-- Take a job for a new attempt: the one that has waited longest, or, if none waits, the
-- one whose bell was heard, in case its holder's lease ran out.
-- KEYS queue, bells, leases
-- ARGV job key prefix, id of the bell, worker, lease_s, max attempts, failure
-- Returns {id, attempt}, or {}: nothing to do.
local function take(id)
  local job = ARGV[1] .. id
  local status = redis.call('HGET', job, 'status')
  local lease_end = redis.call('ZSCORE', KEYS[3], id)
  local abandoned = (status == 'starting' or status == 'processing')
    and (not lease_end or tonumber(lease_end) < now)
  if status ~= 'queued' and not abandoned then return nil end
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('HDEL', job, 'progress')
  redis.call('HINCRBY', job, 'revision', 1)
  if redis.call('HEXISTS', job, 'cancel_requested_at') == 1 then
    redis.call('HSET', job, 'status', 'canceled', 'completed_at', now)
    return nil
  end
  if tonumber(redis.call('HGET', job, 'attempt')) >= tonumber(ARGV[5]) then
    redis.call('HSET', job, 'status', 'failed', 'completed_at', now, 'error', ARGV[6])
    return nil
  end
  redis.call('ZADD', KEYS[3], now + tonumber(ARGV[4]), id)
  redis.call('HSET', job, 'status', 'starting', 'worker', ARGV[3], 'started_at', now)
  return redis.call('HINCRBY', job, 'attempt', 1)
end

-- A worker has one job at a time: if it holds one already, it asks again because the
-- answer was lost.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], now, '+inf')) do
  if redis.call('HGET', ARGV[1] .. id, 'worker') == ARGV[3] then
    redis.call('ZADD', KEYS[3], now + tonumber(ARGV[4]), id)
    return {id, tonumber(redis.call('HGET', ARGV[1] .. id, 'attempt'))}
  end
end

for _ = 1, 100 do
  local id = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
  if not id then break end
  local attempt = take(id)
  if attempt then return {id, attempt} end
  redis.call('ZREM', KEYS[1], id)
end
local attempt = take(ARGV[2])
if attempt then return {ARGV[2], attempt} end
return {}
