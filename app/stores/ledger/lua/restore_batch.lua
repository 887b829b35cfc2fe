-- ARGV token, patience_s, batch id, batch, created_at, kept for seconds
-- Returns 1, or -1: the token does not count any more.
if redis.call('GET', RESTORING) ~= ARGV[1] then return -1 end
redis.call('EXPIRE', RESTORING, ARGV[2])
local key = P .. 'batch:' .. ARGV[3]
if redis.call('EXISTS', key) == 0 then
  redis.call('HSET', key, 'batch', ARGV[4], 'created_at', ARGV[5])
  redis.call('EXPIRE', key, ARGV[6])
end
return 1
