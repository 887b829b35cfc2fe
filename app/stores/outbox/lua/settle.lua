-- Log a try and end its lease; fenced by the token.
-- ARGV id, event, token, state, tries, attempts, seconds to the next try or ''
-- Returns 1, or 0: another process has the message, or the job was deleted.
local member = ARGV[1] .. ':' .. ARGV[2]
if lease_of(ARGV[1], ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('HDEL', log_key(ARGV[1]), ARGV[2] .. ':lease')
redis.call('HSET', log_key(ARGV[1]), ARGV[2] .. ':state', ARGV[4],
  ARGV[2] .. ':tries', ARGV[5], ARGV[2] .. ':attempts', ARGV[6])
if ARGV[7] == '' then
  redis.call('ZREM', OUTBOX, member)
else
  redis.call('ZADD', OUTBOX, now + tonumber(ARGV[7]), member)
end
return 1
