-- Requeue jobs whose lease ran out, cancel those past their deadline and those that were
-- paused for too long; name those whose bell must ring again.
-- Takes max_attempts, failure, lease_s, round_gap_s, bell_patience_s, short_broker and
-- long_broker: the lists of the lanes' bells.
-- Returns the ids of those to ring for.
-- A bell is rung again only while its lane's list is empty: as long as bells wait
-- there, a busy worker will hear them, and ringing more would only pile them up. So many
-- wake every idle worker; the bell of a job that nobody can do is rung for ever.
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
for _, id in ipairs(redis.call('ZRANGEBYSCORE', PAUSED, '-inf', now, 'LIMIT', 0, 200)) do
  redis.call('ZREM', PAUSED, id)
  if field(id, 'paused_at') then
    redis.call('HSET', job_key(id), 'cancel_requested_at', now, 'cancel_reason', 'idle')
    end_job(id, 'canceled')
  end
end
if leases_run_out() then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now,
    'LIMIT', 0, 200)) do
    redis.call('ZREM', LEASES, id)
    if is_running(field(id, 'status')) then
      count('attempts_lost')
      if not ends_instead(id) then wait_again(id) end
    end
  end
end
local is_silent = {}
for _, lane in ipairs({'short', 'long'}) do
  is_silent[lane] = redis.call('LLEN', arg[lane .. '_broker']) == 0
end
local overdue = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', BELLS, '-inf',
  now - tonumber(arg.bell_patience_s), 'LIMIT', 0, 1000)) do
  if is_silent[lane_of(id)] and #overdue < 50 then
    redis.call('ZADD', BELLS, now, id)
    table.insert(overdue, id)
  end
end
return overdue
