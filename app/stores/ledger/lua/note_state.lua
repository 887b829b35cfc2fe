-- Keep a state on a job's way, for branches. Fenced by the attempt's number.
-- Takes id, attempt, state, blob: its own; most, most_bytes: so many older states are kept
-- of one job, and so much.
-- Returns 1 noted, 0 this attempt no longer holds the job: the blob is due.
local id = arg.id
if not holds(id, arg.attempt) then
  hold(arg.blob, id, now)
  return 0
end
local new = cjson.decode(arg.state)
local states = release_older_states(id, new.step)
table.insert(states, {text = arg.state, checkpoint = new})
write_older_states(id, states)
hold_older_state(id, new, now + tonumber(field(id, 'ttl_seconds')))

local function bytes_of(some)
  local bytes = 0
  for _, state in ipairs(some) do bytes = bytes + state.checkpoint.bytes end
  return bytes
end

-- The step of the state that is missed least: its neighbours are the closest. Never the
-- newest.
local function most_crowded()
  local step, least
  for i = 1, #states - 1 do
    local before = i > 1 and states[i - 1].checkpoint.step or 0
    local gap = states[i + 1].checkpoint.step - before
    if not least or gap < least then step, least = states[i].checkpoint.step, gap end
  end
  return step
end

while #states > 1 and (#states > tonumber(arg.most) or bytes_of(states) > tonumber(arg.most_bytes)) do
  local step = most_crowded()
  states = release_older_states(id, step, step)
end
redis.call('HINCRBY', job_key(id), 'revision', 1)
return 1
