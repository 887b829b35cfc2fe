-- Requeue jobs whose lease ran out, cancel those past their deadline; name those whose
-- bell must ring again.
-- Takes max_attempts, failure, lease_s, bell_patience_s, broker: its list of bells, and
-- round_gap_s: the longest usual one between two rounds.
-- Returns the ids of those to ring for.
-- A bell is rung again only while the broker's list is empty: as long as bells wait
-- there, a busy worker will hear them, and ringing more would only pile them up.
local ROUNDS = P .. 'rounds'
for _, id in ipairs(redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', now,
  'LIMIT', 0, 200)) do
  redis.call('ZREM', DEADLINES, id)
  local status = field(id, 'status')
  local open = status == 'queued' or is_running(status)
  if open and redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 0 then
    redis.call('HSET', job_key(id), 'cancel_requested_at', now,
      'cancel_reason', 'deadline')
    if status == 'queued' then end_job(id, 'canceled') else announce(id) end
  end
end
-- After a longer gap the server itself may have stood still: nobody could beat. Who
-- lives does so at once now; until then no lease runs out.
local gap = tonumber(arg.round_gap_s)
local last, spared_until = unpack(redis.call('HMGET', ROUNDS, 'last', 'spared_until'))
spared_until = tonumber(spared_until or 0)
-- Once, not again and again: rounds may be that rare by somebody's wish.
if last and now - tonumber(last) > gap and spared_until <= tonumber(last) then
  spared_until = now + gap
  redis.call('HSET', ROUNDS, 'spared_until', spared_until)
end
redis.call('HSET', ROUNDS, 'last', now)
-- A server that has just started expires nothing for the length of a lease: as long as
-- it was away nobody could beat.
local uptime_s = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
if tonumber(uptime_s) > tonumber(arg.lease_s) and now >= spared_until then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now,
    'LIMIT', 0, 200)) do
    redis.call('ZREM', LEASES, id)
    if is_running(field(id, 'status')) then
      count('attempts_lost')
      if not ends_instead(id) then wait_again(id) end
    end
  end
end
if redis.call('LLEN', arg.broker) > 0 then return {} end
local overdue = redis.call('ZRANGEBYSCORE', BELLS, '-inf', now - tonumber(arg.bell_patience_s),
  'LIMIT', 0, 200)
for _, id in ipairs(overdue) do redis.call('ZADD', BELLS, now, id) end
return overdue
