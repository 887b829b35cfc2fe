-- Record a job as queued. Safe to repeat: the id was chosen before.
-- KEYS job, queue, bells; ARGV id, slip, queue limit
-- Returns {1, 0} recorded, {0, 0} was there already, {-1, depth} queue full.
if redis.call('EXISTS', KEYS[1]) == 1 then return {0, 0} end
local depth = redis.call('ZCARD', KEYS[2])
if depth >= tonumber(ARGV[3]) then return {-1, depth} end
redis.call('HSET', KEYS[1], 'status', 'queued', 'revision', 1, 'attempt', 0,
  'created_at', now, 'slip', ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[1])
return {1, 0}
