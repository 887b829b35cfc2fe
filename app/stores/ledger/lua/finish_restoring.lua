-- Call the ledger whole, and ring for all that wait: bells were heard in vain.
-- Takes token, fence_base: from where attempts are numbered now.
-- Returns 1, or -1: the token does not count, or the server has started again.
local run = run_id()
if redis.call('GET', RESTORING) ~= arg.token then return -1 end
redis.call('DEL', RESTORING)
if string.sub(arg.token, -#run) ~= run then return -1 end
if redis.call('GET', GENERATION) == run then return 1 end
redis.call('SET', GENERATION, run)
redis.call('SET', FENCE_BASE, arg.fence_base)
for _, id in ipairs(redis.call('ZRANGE', BELLS, 0, -1)) do
  redis.call('ZADD', BELLS, 0, id)
end
return 1
