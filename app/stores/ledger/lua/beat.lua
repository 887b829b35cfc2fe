-- Renew the lease, carry progress and losses, bring back what the client wants.
-- Takes id, attempt, lease_s, progress or '', losses (a list of points), obeyed: the
-- sequence number of the last command that the attempt has heard, applied: a list of
-- {revision, step, values as text} of changes that hold now, slice_s: who has run for so
-- long makes room for others, or 0, needs_before: those of a job that does not say.
-- Returns a reply (0 go on, 1 cancel, 2 lease lost, 3 finish, 4 pause, 5 make room), and
-- the rows of the commands, if there are newer ones.
local id, progress = arg.id, arg.progress
if not holds(id, arg.attempt) then return {2} end
redis.call('ZADD', LEASES, now + tonumber(arg.lease_s), id)
for _, point in ipairs(cjson.decode(arg.losses)) do
  redis.call('RPUSH', P .. 'losses:' .. id, point)
end
if progress ~= '' then
  redis.call('HSET', job_key(id), 'progress', progress)
  if field(id, 'status') == 'starting' then set_status(id, 'processing') end
  local revision = redis.call('HINCRBY', job_key(id), 'revision', 1)
  emit(id, 'progress', '{"revision":' .. revision .. ',' .. string.sub(progress, 2))
end

-- Note a change. Those that an earlier attempt has applied later than this one are held
-- from here on: it took them with this one.
local function apply(revision, step, values)
  local rows = {}
  for row in string.gmatch(field(id, 'changes') or '', '[^\n]+') do
    local head, at, rest = string.match(row, '^(%[%d+,)(%d+)(.*)$')
    if tonumber(at) > step then row = head .. step .. rest end
    table.insert(rows, row)
  end
  table.insert(rows, '[' .. revision .. ',' .. step .. ',' .. values .. ']')
  redis.call('HSET', job_key(id), 'changes', table.concat(rows, '\n'),
    'applied_revision', revision)
  local asked = field(id, 'control_asked_at')
  if asked then observe('control_seconds', now - tonumber(asked)) end
  redis.call('HDEL', job_key(id), 'control_asked_at')
  if tonumber(field(id, 'commands') or 0) > revision then
    redis.call('HSET', job_key(id), 'control_asked_at', now)
  end
  local of_job = redis.call('HINCRBY', job_key(id), 'revision', 1)
  emit(id, 'control', '{"revision":' .. of_job .. ',"control":' .. revision
    .. ',"step":' .. step .. ',"changes":' .. values .. '}')
end

for _, each in ipairs(cjson.decode(arg.applied)) do
  -- Told again: the answer was lost.
  if each[1] > tonumber(field(id, 'applied_revision') or 0) then
    apply(each[1], each[2], each[3])
  end
end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return {1} end
local answer = {0}
-- What an earlier attempt has applied is in the job's record, with its step.
local heard = math.max(tonumber(arg.obeyed), tonumber(field(id, 'applied_revision') or 0))
if tonumber(field(id, 'commands') or 0) > heard then
  for _, row in ipairs(redis.call('HVALS', P .. 'commands:' .. id)) do
    if tonumber(string.match(row, '%d+')) > heard then table.insert(answer, row) end
  end
end
-- Whether a job is served before another one that goes to the end of its owner's line.
local function comes_before(waiting, charge)
  local lane, own_lane = lane_of(waiting), lane_of(id)
  if lane ~= own_lane then return lane == 'short' end
  if field(waiting, 'owner') == field(id, 'owner') then
    return tonumber(field(waiting, 'rank') or 1) <= tonumber(field(id, 'rank') or 1)
  end
  return tag_of(waiting) <= virtual_time(lane) + charge
end

-- Whether the worker has others to serve before it would go on with this one.
local function others_wait()
  local offer = cjson.decode(field(id, 'offer') or '{}')
  if not offer.lanes then return false end
  local can_do, charge = abilities(field(id, 'worker'), offer), served_charge(id)
  for _, lane in ipairs(offer.lanes) do
    for _, waiting in ipairs(redis.call('ZRANGE', queue_of(lane), 0, 99)) do
      if can_do[asked_by(waiting)] and comes_before(waiting, charge) then return true end
    end
  end
  return false
end

-- Only with a state of this attempt: what it has done would be lost else.
local function is_turn_over()
  local slice_s = tonumber(arg.slice_s)
  if slice_s <= 0 or now - tonumber(field(id, 'started_at')) < slice_s then return false end
  local checkpoint = checkpoint_of(id)
  local has_state = checkpoint and tostring(checkpoint.attempt) == arg.attempt
  return has_state and others_wait()
end

if is_turn_over() then answer[1] = 5 end
if field(id, 'pause_requested_at') then answer[1] = 4 end
if redis.call('HEXISTS', job_key(id), 'finish_requested_at') == 1 then answer[1] = 3 end
return answer
