-- End an attempt: the only commit point. Fenced by the attempt's number.
-- KEYS job, queue, bells, leases; ARGV id, attempt, status, field or '', value
-- status 'queued' hands the job back: the attempt is given back and it waits again
-- in its old place, its bell overdue; but a job that was to be canceled has stopped.
-- Returns 1 committed (also when this very end was committed before: the answer may
-- have been lost), 0 this attempt no longer holds the job.
local status = redis.call('HGET', KEYS[1], 'status')
if redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return 0 end
if status ~= 'starting' and status ~= 'processing' then
  local same = status == ARGV[3] and status ~= 'queued'
    and (ARGV[4] == '' or redis.call('HGET', KEYS[1], ARGV[4]) == ARGV[5])
  return same and 1 or 0
end
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
if ARGV[3] == 'queued' and redis.call('HEXISTS', KEYS[1], 'cancel_requested_at') == 1 then
  redis.call('HSET', KEYS[1], 'status', 'canceled', 'completed_at', now)
  return 1
end
redis.call('HSET', KEYS[1], 'status', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], ARGV[4], ARGV[5]) end
if ARGV[3] == 'queued' then
  redis.call('HINCRBY', KEYS[1], 'attempt', -1)
  redis.call('HDEL', KEYS[1], 'progress', 'started_at', 'worker')
  redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'created_at'), ARGV[1])
  redis.call('ZADD', KEYS[3], 0, ARGV[1])
else
  redis.call('HSET', KEYS[1], 'completed_at', now)
end
return 1
