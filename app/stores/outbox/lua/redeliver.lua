-- Make a message due at once, unless a try is under way.
-- Takes id, event.
-- Returns 1, or 0: there is no such delivery, perhaps because its job was deleted.
local id, event = arg.id, arg.event
local member = id .. ':' .. event
if redis.call('HEXISTS', log_key(id), event .. ':state') == 0
  and not redis.call('ZSCORE', OUTBOX, member) then return 0 end
local _, until_s = lease_of(id, event)
if until_s and until_s > now then return 1 end
redis.call('HSET', log_key(id), event .. ':state', 'pending', event .. ':tries', 0)
redis.call('HDEL', log_key(id), event .. ':lease')
redis.call('ZADD', OUTBOX, now, member)
return 1
