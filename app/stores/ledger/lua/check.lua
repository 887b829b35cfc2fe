-- Say what in the ledger contradicts itself: a damaged file may have been read without a
-- complaint. Records are read elsewhere; here is what leads to them.
-- Returns '' if nothing does.
local function is_open(id)
  local status = field(id, 'status')
  return status == 'queued' or is_running(status)
end

local function require_numbers(key)
  for _, value in ipairs(redis.call('HVALS', key)) do
    if not tonumber(value) then error(key .. ' holds no number', 0) end
  end
end

local function require_fields(id)
  for _, name in ipairs({'owner', 'listed', 'fingerprint', 'blobs'}) do
    if not field(id, name) then error('a job has no ' .. name, 0) end
  end
end

local function require_open(id)
  if not is_open(id) then error('a job that waits is not there', 0) end
  require_fields(id)
  for _, name in ipairs({'created_at', 'attempt', 'ttl_seconds'}) do
    if not tonumber(field(id, name) or '') then error('no ' .. name, 0) end
  end
  for _, name in ipairs({'rank', 'charge', 'tag', 'fence_base', 'started_at',
    'first_started_at', 'cancel_requested_at', 'waits_again_since', 'commands',
    'applied_revision', 'control_asked_at', 'paused_at', 'pause_requested_at',
    'turn_since', 'turn_charge', 'turn_from', 'furthest_step',
    'forgiven'}) do
    local value = field(id, name)
    if value and not tonumber(value) then error(name .. ' is no number', 0) end
  end
  for _, blob in ipairs(blobs_of(id)) do
    local needed_until = redis.call('ZSCORE', P .. 'holders:' .. blob, id)
    if needed_until ~= 'inf' then error('a picture of a job is not held', 0) end
    if redis.call('ZSCORE', BLOBS, blob) ~= 'inf' then error('nor kept', 0) end
  end
  for _, row in ipairs(redis.call('LRANGE', P .. 'losses:' .. id, 0, -1)) do
    if not tonumber(cjson.decode(row)[1]) then error('a loss has no step', 0) end
  end
  for _, row in ipairs(redis.call('LRANGE', P .. 'previews:' .. id, 0, -1)) do
    if not cjson.decode(row).blob_key then error('a preview has no file', 0) end
  end
  for _, row in ipairs(redis.call('HVALS', P .. 'commands:' .. id)) do
    if not tonumber(cjson.decode(row)[1]) then error('a command has no number', 0) end
  end
  if not redis.call('ZSCORE', P .. 'jobs:' .. field(id, 'owner'), field(id, 'listed')) then
    error('a job is not listed', 0)
  end
  if redis.call('SISMEMBER', P .. 'active:' .. field(id, 'owner'), id) == 0 then
    error('an unfinished job is not counted', 0)
  end
  checkpoint_of(id)
  older_states(id)
  brought_by(id)
  cjson.decode(field(id, 'needs') or '{}')
  cjson.decode(field(id, 'unable') or '[]')
end

local function require_line(id)
  -- A job that waits again stands in no line.
  if not field(id, 'tag') and not redis.call('ZSCORE', line_of(id), place_of(id)) then
    error('a job stands in no line', 0)
  end
  for _, place in ipairs(redis.call('ZRANGE', line_of(id), 0, -1)) do
    tag_of(string.match(place, '[^:]+$'))
  end
end

local function check_lane(lane)
  require_numbers(order_of(lane))
  for _, id in ipairs(redis.call('ZRANGE', queue_of(lane), 0, -1)) do
    require_open(id)
    if lane_of(id) ~= lane then error('a job waits in another lane', 0) end
    require_line(id)
    local asked = redis.call('HGET', asked_in(lane), id)
    if asked and asked ~= asked_by(id) then error('something else is asked', 0) end
    if field(id, 'status') ~= 'queued' then error('a running job waits', 0) end
  end
end

local function check()
  for _, key in ipairs({P .. 'counters', P .. 'rounds'}) do require_numbers(key) end
  for _, lane in ipairs(LANES) do check_lane(lane) end
  for _, id in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    require_open(id)
    if not is_running(field(id, 'status')) then error('a waiting job runs', 0) end
  end
  for _, key in ipairs({BELLS, DEADLINES}) do
    for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      if not is_open(id) then error(key .. ' names no unfinished job', 0) end
    end
  end
  for _, id in ipairs(redis.call('ZRANGE', PAUSED, 0, -1)) do
    require_open(id)
    if not field(id, 'paused_at') then error('a job is not paused', 0) end
  end
  for _, id in ipairs(redis.call('ZRANGE', ENDED, 0, -1)) do
    local status = field(id, 'status')
    if not status or is_open(id) then error('no job has ended so', 0) end
    require_fields(id)
  end
  for _, id in ipairs(redis.call('SMEMBERS', UNWRITTEN)) do
    if redis.call('ZSCORE', ENDED, id) == false then error('an end is not there', 0) end
  end
  for _, row in ipairs(redis.call('LRANGE', P .. 'samples', 0, -1)) do cjson.decode(row) end
  local base = redis.call('GET', FENCE_BASE)
  if base and not tonumber(base) then error('attempts have no number', 0) end
end

local is_sound, why = pcall(check)
if is_sound then return '' end
return type(why) == 'table' and why.err or tostring(why)
