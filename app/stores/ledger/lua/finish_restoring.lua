-- Call the ledger whole, and ring for all that wait: bells were heard in vain.
-- ARGV token, from where attempts are numbered now
-- Returns 1, or -1: the token does not count, or the server has started again.
local run = run_id()
if redis.call('GET', RESTORING) ~= ARGV[1] then return -1 end
redis.call('DEL', RESTORING)
if string.sub(ARGV[1], -#run) ~= run then return -1 end
if redis.call('GET', GENERATION) == run then return 1 end
redis.call('SET', GENERATION, run)
redis.call('SET', FENCE_BASE, ARGV[2])
for _, id in ipairs(redis.call('ZRANGE', BELLS, 0, -1)) do
  redis.call('ZADD', BELLS, 0, id)
end
return 1
