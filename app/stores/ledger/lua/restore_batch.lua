-- Takes token, patience_s, id, batch, created_at, kept_s.
-- Returns 1, or -1: the token does not count any more.
if redis.call('GET', RESTORING) ~= arg.token then return -1 end
redis.call('EXPIRE', RESTORING, arg.patience_s)
local key = P .. 'batch:' .. arg.id
if redis.call('EXISTS', key) == 0 then
  redis.call('HSET', key, 'batch', arg.batch, 'created_at', arg.created_at)
  redis.call('EXPIRE', key, arg.kept_s)
end
return 1
