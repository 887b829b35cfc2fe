-- Renew the lease, carry progress, bring back what the client wants.
-- KEYS job, leases; ARGV id, attempt, lease_s, progress or ''
-- Returns 0 go on, 1 cancel, 2 lease lost.
local status = redis.call('HGET', KEYS[1], 'status')
if (status ~= 'starting' and status ~= 'processing')
  or redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return 2 end
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'status', 'processing', 'progress', ARGV[4])
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return redis.call('HEXISTS', KEYS[1], 'cancel_requested_at')
