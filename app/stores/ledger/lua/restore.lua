-- Record a job that the ledger has lost, or how it ended.
-- Takes token, patience_s, job ({id, fields, blobs, created_at, deadline, start}),
-- checkpoint or '', blob: its own,
-- ending or '' ({status, completed_at, fields, blobs, losses, reusable, retell}).
-- Returns 1 restored, 0 nothing to do, -1 the token does not count any more.
if redis.call('GET', RESTORING) ~= arg.token then return -1 end
redis.call('EXPIRE', RESTORING, arg.patience_s)
local job = cjson.decode(arg.job)
local ended = arg.ending ~= '' and cjson.decode(arg.ending)
local id, key, owner = job.id, job_key(job.id), job.fields.owner
local status = field(id, 'status')
local is_open = status == 'queued' or is_running(status)
if status and not (ended and is_open) then return 0 end

if not status then
  redis.call('HSET', key, 'status', 'queued', 'revision', 0, 'attempt', 0,
    'created_at', job.created_at)
  for name, value in pairs(job.fields) do redis.call('HSET', key, name, value) end
  redis.call('HSET', key, 'blobs', cjson.encode(job.blobs))
  for _, blob in ipairs(job.blobs) do hold(blob, id, '+inf') end
  hold_batch(id)
  list(id, owner, tonumber(job.created_at))
end

if not ended then
  begin_with(job)
  if arg.checkpoint ~= '' then
    drop_checkpoint(id)
    keep_checkpoint(id, arg.checkpoint, arg.blob)
  end
  enqueue(id)
  redis.call('ZADD', BELLS, 0, id)
  if job.deadline ~= '' then redis.call('ZADD', DEADLINES, job.deadline, id) end
  redis.call('SADD', P .. 'active:' .. owner, id)
  announce(id)
  return 1
end

release_older_states(id, 0)
for name, value in pairs(ended.fields) do redis.call('HSET', key, name, value) end
redis.call('HSET', key, 'blobs', cjson.encode(ended.blobs))
local losses = P .. 'losses:' .. id
redis.call('DEL', losses)
for _, point in ipairs(ended.losses) do redis.call('RPUSH', losses, point) end
end_job(id, ended.status, nil, tonumber(ended.completed_at))
redis.call('SREM', UNWRITTEN, id)  -- it comes from where it would be written
if not ended.retell then redis.call('ZREM', OUTBOX, id .. ':job.' .. ended.status) end
local left_s = math.ceil(tonumber(field(id, 'expires_at')) - now)
if ended.reusable and left_s > 0 then
  redis.call('SET', P .. 'reuse:' .. field(id, 'fingerprint'), id, 'EX', left_s)
end
return 1
