-- Record jobs as queued, all or none. Safe to repeat: the ids were chosen before.
-- Takes queue_limit, active_limit, jobs (a list of {id, fields, blobs, deadline, start}:
-- the state that it begins with, or ''),
-- batch_id or '', batch, batch_kept_s.
-- Returns {1, 0} recorded, {0, 0} was there already, {-1, depth} queue full,
-- {-2, active} the key's limit.
local jobs = cjson.decode(arg.jobs)
if redis.call('EXISTS', job_key(jobs[1].id)) == 1 then return {0, 0} end
local depth = count_waiting()
if depth + #jobs > tonumber(arg.queue_limit) then return {-1, depth} end
local owner = jobs[1].fields.owner
local active = redis.call('SCARD', P .. 'active:' .. owner)
if owner ~= '' and active + #jobs > tonumber(arg.active_limit) then return {-2, active} end

for place, job in ipairs(jobs) do
  local key = job_key(job.id)
  -- Jobs of one batch keep their order: a microsecond each.
  local created = now + (place - 1) * 1e-6
  redis.call('HSET', key, 'status', 'queued', 'revision', 0, 'attempt', 0,
    'created_at', string.format('%.6f', created))
  for name, value in pairs(job.fields) do redis.call('HSET', key, name, value) end
  redis.call('HSET', key, 'blobs', cjson.encode(job.blobs))
  for _, blob in ipairs(job.blobs) do hold(blob, job.id, '+inf') end
  begin_with(job)
  enqueue(job.id)
  redis.call('ZADD', BELLS, created, job.id)
  if job.deadline ~= '' then redis.call('ZADD', DEADLINES, job.deadline, job.id) end
  redis.call('SADD', P .. 'active:' .. owner, job.id)
  hold_batch(job.id)
  list(job.id, owner, created)
  announce(job.id)
  count('submitted')
end
if arg.batch_id ~= '' then
  local key = P .. 'batch:' .. arg.batch_id
  redis.call('HSET', key, 'batch', arg.batch, 'created_at', now)
  redis.call('EXPIRE', key, arg.batch_kept_s)
end
return {1, 0}
