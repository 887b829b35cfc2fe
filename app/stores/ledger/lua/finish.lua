-- End an attempt: the only commit point. Fenced by the attempt's number.
-- ARGV id, attempt, status, field or '', value, blob of the result or '',
-- reusable ('1'), sample or '', so many samples are kept
-- status 'queued' hands the job back: the attempt is given back and it waits again
-- in its old place, its bell overdue; but a job that was to be canceled has stopped.
-- Returns 1 committed (also when this very end was committed before: the answer may
-- have been lost), 0 this attempt no longer holds the job.
local id, status = ARGV[1], ARGV[3]
local before = field(id, 'status')
-- The outcome names the attempt's own blob: it is told by it, whatever the number is now.
if ARGV[6] ~= '' and field(id, 'outcome') == ARGV[5] then return 1 end
if field(id, 'attempt') ~= ARGV[2] then return 0 end
if not is_running(before) then
  local same = before == status and status ~= 'queued'
    and (ARGV[4] == '' or field(id, ARGV[4]) == ARGV[5])
  return same and 1 or 0
end
if status == 'queued' then
  redis.call('ZREM', LEASES, id)
  if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then
    end_job(id, 'canceled')
    return 1
  end
  -- The attempt does not count, but its number never comes again: its hand-back may be
  -- sent twice, and must not take the job from whoever has it then.
  redis.call('HINCRBY', job_key(id), 'fence_base', 1)
  redis.call('HDEL', job_key(id), 'progress', 'started_at', 'worker')
  enqueue(id)
  redis.call('ZADD', BELLS, 0, id)
  set_status(id, 'queued')
  return 1
end
if ARGV[6] ~= '' then
  local blobs = blobs_of(id)
  table.insert(blobs, ARGV[6])
  redis.call('HSET', job_key(id), 'blobs', cjson.encode(blobs))
end
end_job(id, status, ARGV[4] ~= '' and {ARGV[4], ARGV[5]} or nil)
if ARGV[7] == '1' then
  redis.call('SET', P .. 'reuse:' .. field(id, 'fingerprint'), id,
    'EX', math.ceil(tonumber(field(id, 'ttl_seconds'))))
end
if ARGV[8] ~= '' then
  redis.call('LPUSH', P .. 'samples', ARGV[8])
  redis.call('LTRIM', P .. 'samples', 0, tonumber(ARGV[9]) - 1)
  count('steps', cjson.decode(ARGV[8]).steps)
end
return 1
