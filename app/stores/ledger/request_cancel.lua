-- End a waiting job at once; ask a running one to stop.
-- KEYS job, queue, bells; ARGV id, reason
-- Returns 1 done or asked (also when asked before), 0 ended otherwise, -1 no such job.
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return -1 end
if status == 'succeeded' or status == 'failed' then return 0 end
if redis.call('HEXISTS', KEYS[1], 'cancel_requested_at') == 1 then return 1 end
redis.call('HSET', KEYS[1], 'cancel_requested_at', now, 'cancel_reason', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
if status == 'queued' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('HSET', KEYS[1], 'status', 'canceled', 'completed_at', now)
end
return 1
