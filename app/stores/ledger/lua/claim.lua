-- Take a job for a new attempt: the first that the worker can do of the lanes that it
-- serves, or, if none waits, the one whose bell was heard, in case its holder's lease ran
-- out.
-- Takes bell: the id it rang for, worker, offer: {kinds, lanes, networks, device, units},
-- needs_before: those of a job that does not say, lease_s, round_gap_s, max_attempts,
-- failure.
-- Returns {id, attempt}, or {}: nothing to do, or jobs are being restored and an attempt
-- could get a number that another one has that was forgotten.
if not is_whole() then return {} end
local worker, lease_end_s = arg.worker, now + tonumber(arg.lease_s)
-- Leases that end later are held.
local held_after_s = leases_run_out() and now or '-inf'

local offer = cjson.decode(arg.offer)
local can_do = abilities(worker, offer)

local function take(id)
  local status = field(id, 'status')
  local is_lost = is_running(status) and held_after_s == now
    and tonumber(redis.call('ZSCORE', LEASES, id) or 0) < now
  if status ~= 'queued' and not is_lost or field(id, 'paused_at') then return nil end
  if is_lost then count('attempts_lost') end
  redis.call('ZREM', BELLS, id)
  redis.call('ZREM', LEASES, id)
  if ends_instead(id) then return nil end
  if field(id, 'pause_requested_at') then return park(id) end
  serve(id)
  redis.call('ZADD', LEASES, lease_end_s, id)
  local checkpoint = checkpoint_of(id)
  cut_losses(id, checkpoint and checkpoint.step or 0)
  redis.call('HDEL', job_key(id), 'resumed_from_step', 'waits_again_since')
  redis.call('HSET', job_key(id), 'worker', worker, 'started_at', now, 'offer', arg.offer)
  local ledgers, begun = redis.call('GET', FENCE_BASE) or '0', attempts(id)
  local is_known = field(id, 'ledgers_fence') == ledgers
  local base = is_known and field(id, 'fence_base') or ledgers
  redis.call('HSET', job_key(id), 'ledgers_fence', ledgers, 'fence_base', base,
    'attempt', base)
  local attempt = redis.call('HINCRBY', job_key(id), 'attempt', begun + 1)
  set_status(id, 'starting')
  -- Once a job: an attempt that is handed back does not count, but has begun.
  if redis.call('HSETNX', job_key(id), 'first_started_at', now) == 1 and begun == 0 then
    observe('wait_seconds', now - tonumber(field(id, 'created_at')))
    tell(id, 'job.started')
  end
  return attempt
end

-- A worker has one job at a time: if it holds one already, it asks again because the
-- answer was lost.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', LEASES, held_after_s, '+inf')) do
  if field(id, 'worker') == worker then
    redis.call('ZADD', LEASES, lease_end_s, id)
    return {id, tonumber(field(id, 'attempt'))}
  end
end

-- A page of the queue after the other, until one of its jobs is taken.
local PAGE = 100

local function take_first(lane)
  local queue, left_out = queue_of(lane), 0
  while true do
    local page = redis.call('ZRANGE', queue, left_out, left_out + PAGE - 1)
    if not page[1] then return nil end
    local asked = redis.call('HMGET', asked_in(lane), unpack(page))
    for i, id in ipairs(page) do
      if can_do[asked[i] or ''] then
        local attempt = take(id)
        if attempt then return {id, attempt} end
        dequeue(id)
      else
        left_out = left_out + 1
      end
    end
  end
end

-- A worker of both lanes takes short jobs first: somebody waits for each of them. But
-- after so many in a row, by whatever workers of both lanes, a long one comes first:
-- however many short ones are sent, it waits for so many at most.
local MOST_SHORT_IN_ROW = 8
local serves = set_of(offer.lanes)

local function take_of_both()
  local in_row = tonumber(redis.call('HGET', order_of('short'), 'in_row') or 0)
  local first, second = 'short', 'long'
  if in_row >= MOST_SHORT_IN_ROW then first, second = second, first end
  local taken, lane = take_first(first), first
  if not taken then taken, lane = take_first(second), second end
  if taken and lane == 'long' then
    redis.call('HDEL', order_of('short'), 'in_row')
  elseif taken then
    redis.call('HINCRBY', order_of('short'), 'in_row', 1)
  end
  return taken
end

local taken
if serves.short and serves.long then
  taken = take_of_both()
else
  taken = take_first(serves.short and 'short' or 'long')
end
if taken then return taken end
if not serves[lane_of(arg.bell)] or not can_do[asked_by(arg.bell)] then return {} end
local attempt = take(arg.bell)
if attempt then return {arg.bell, attempt} end
return {}
