-- Take a job for a new attempt: the first of the queue, or, if none waits, the one
-- whose bell was heard, in case its holder's lease ran out.
-- Takes bell: the id it rang for, worker, lease_s, round_gap_s, max_attempts, failure.
-- Returns {id, attempt}, or {}: nothing to do, or jobs are being restored and an attempt
-- could get a number that another one has that was forgotten.
if not is_whole() then return {} end
local worker, lease_end_s = arg.worker, now + tonumber(arg.lease_s)
-- Leases that end later are held.
local held_after_s = leases_run_out() and now or '-inf'

local function take(id)
  local status = field(id, 'status')
  local is_lost = is_running(status) and held_after_s == now
    and tonumber(redis.call('ZSCORE', LEASES, id) or 0) < now
  if status ~= 'queued' and not is_lost then return nil end
  if is_lost then count('attempts_lost') end
  redis.call('ZREM', BELLS, id)
  redis.call('ZREM', LEASES, id)
  if ends_instead(id) then return nil end
  serve(id)
  redis.call('ZADD', LEASES, lease_end_s, id)
  local checkpoint = checkpoint_of(id)
  cut_losses(id, checkpoint and checkpoint.step or 0)
  redis.call('HDEL', job_key(id), 'resumed_from_step')
  redis.call('HSET', job_key(id), 'worker', worker, 'started_at', now)
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

for _ = 1, 100 do
  local id = redis.call('ZRANGE', QUEUE, 0, 0)[1]
  if not id then break end
  local attempt = take(id)
  if attempt then return {id, attempt} end
  dequeue(id)
end
local attempt = take(arg.bell)
if attempt then return {arg.bell, attempt} end
return {}
