-- Take the message that has been due for longest.
-- Takes token, lease_s.
-- Returns {id, event, tries, attempts}, or {}: none is due.
-- While a try is under way its message is due when the lease ends. The ledger may have
-- made it due again meanwhile: that must not start a second try beside the first.
for _ = 1, 100 do
  local member = redis.call('ZRANGEBYSCORE', OUTBOX, '-inf', now, 'LIMIT', 0, 1)[1]
  if not member then break end
  local id, event = string.match(member, '^([^:]+):(.+)$')
  local _, until_s = lease_of(id, event)
  if until_s and until_s > now then
    redis.call('ZADD', OUTBOX, until_s, member)
  else
    local log = redis.call('HMGET', log_key(id), event .. ':tries', event .. ':attempts')
    local lease_end = string.format('%.6f', now + tonumber(arg.lease_s))
    redis.call('ZADD', OUTBOX, lease_end, member)
    redis.call('HSET', log_key(id), event .. ':state', 'pending',
      event .. ':lease', arg.token .. ' ' .. lease_end)
    return {id, event, log[1] or '0', log[2] or '[]'}
  end
end
return {}
