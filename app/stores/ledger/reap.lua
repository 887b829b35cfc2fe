-- Requeue jobs whose lease ran out; name those whose bell must ring again.
-- KEYS leases, queue, bells, broker's list
-- ARGV job key prefix, max attempts, bell patience_s, expire leases ('1'), failure
-- A bell is rung again only while the broker's list is empty: as long as bells wait
-- there, a busy worker will hear them, and ringing more would only pile them up.
if ARGV[4] == '1' then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 200)) do
    local job = ARGV[1] .. id
    redis.call('ZREM', KEYS[1], id)
    local status = redis.call('HGET', job, 'status')
    if status == 'starting' or status == 'processing' then
      redis.call('HDEL', job, 'progress')
      redis.call('HINCRBY', job, 'revision', 1)
      if redis.call('HEXISTS', job, 'cancel_requested_at') == 1 then
        redis.call('HSET', job, 'status', 'canceled', 'completed_at', now)
      elseif tonumber(redis.call('HGET', job, 'attempt')) >= tonumber(ARGV[2]) then
        redis.call('HSET', job, 'status', 'failed', 'completed_at', now,
          'error', ARGV[5])
      else
        redis.call('HSET', job, 'status', 'queued')
        redis.call('ZADD', KEYS[2], redis.call('HGET', job, 'created_at'), id)
        redis.call('ZADD', KEYS[3], 0, id)
      end
    end
  end
end
if redis.call('LLEN', KEYS[4]) > 0 then return {} end
local overdue = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - tonumber(ARGV[3]),
  'LIMIT', 0, 200)
for _, id in ipairs(overdue) do redis.call('ZADD', KEYS[3], now, id) end
return overdue
