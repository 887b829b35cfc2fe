-- Log a try and end its lease; fenced by the token.
-- Takes id, event, token, state, tries, attempts, retry_in_s: to the next try, or ''.
-- Returns 1, or 0: another process has the message, or the job was deleted.
local id, event = arg.id, arg.event
local log, member = log_key(id), id .. ':' .. event
if lease_of(id, event) ~= arg.token then return 0 end
redis.call('HDEL', log, event .. ':lease')
redis.call('HSET', log, event .. ':state', arg.state, event .. ':tries', arg.tries,
  event .. ':attempts', arg.attempts)
if arg.retry_in_s == '' then
  redis.call('ZREM', OUTBOX, member)
else
  redis.call('ZADD', OUTBOX, now + tonumber(arg.retry_in_s), member)
end
return 1
