-- End an attempt: the only commit point. Fenced by the attempt's number.
-- Takes id, attempt, samples_kept, ending: {status, field or '' and its value, blobs of
-- what was made, is_reusable, sample or '', is_unable, is_turn_over, state: the last
-- one, or ''}.
-- status 'queued' hands the job back: the attempt is given back and it waits again
-- in its old place, its bell overdue; but a job that was to be canceled has stopped.
-- is_unable: this worker is not given the job again; is_turn_over: others come before it
-- now.
-- Returns 1 committed (also when this very end was committed before: the answer may
-- have been lost), 0 this attempt no longer holds the job.
local id, ending = arg.id, cjson.decode(arg.ending)
local status, name, value = ending.status, ending.field, ending.value
local before = field(id, 'status')

-- Workers have new names when they start again: the oldest have gone.
local MOST_UNABLE = 32

local function note_unable(id)
  local unable = cjson.decode(field(id, 'unable') or '[]')
  table.insert(unable, field(id, 'worker'))
  while #unable > MOST_UNABLE do table.remove(unable, 1) end
  redis.call('HSET', job_key(id), 'unable', cjson.encode(unable))
end

-- The outcome names the attempt's own blobs: it is told by them, whatever the number is
-- now.
if ending.blobs[1] and field(id, 'outcome') == value then return 1 end
if field(id, 'attempt') ~= arg.attempt then return 0 end
if not is_running(before) then
  local same = before == status and status ~= 'queued'
    and (name == '' or field(id, name) == value)
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
  if ending.is_unable then note_unable(id) end
  if ending.is_turn_over and not field(id, 'pause_requested_at') then
    take_turns(id)
  else
    wait_again(id)
  end
  return 1
end
if ending.blobs[1] then
  local blobs = blobs_of(id)
  for _, blob in ipairs(ending.blobs) do table.insert(blobs, blob) end
  redis.call('HSET', job_key(id), 'blobs', cjson.encode(blobs))
end
if ending.state ~= '' then
  drop_checkpoint(id)
  redis.call('HSET', job_key(id), 'checkpoint', ending.state)
end
end_job(id, status, name ~= '' and {name, value} or nil)
-- What was changed on the way is not what its parameters make.
if ending.is_reusable and not field(id, 'changes') then
  redis.call('SET', P .. 'reuse:' .. field(id, 'fingerprint'), id,
    'EX', math.ceil(tonumber(field(id, 'ttl_seconds'))))
end
if ending.sample ~= '' then
  redis.call('LPUSH', P .. 'samples', ending.sample)
  redis.call('LTRIM', P .. 'samples', 0, tonumber(arg.samples_kept) - 1)
  count('steps', cjson.decode(ending.sample).steps)
end
return 1
