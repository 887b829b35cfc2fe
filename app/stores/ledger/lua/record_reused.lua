-- Record a job that has succeeded at once, with another one's picture.
-- Takes id, fields, blobs, outcome, source: the other's id.
-- Returns 1 recorded, 0 was there already, -1 the other is gone.
local id = arg.id
if redis.call('EXISTS', job_key(id)) == 1 then return 0 end
if tonumber(field(arg.source, 'expires_at') or 0) <= now then return -1 end
redis.call('HSET', job_key(id), 'status', 'queued', 'revision', 0, 'attempt', 0,
  'created_at', string.format('%.6f', now))
for name, value in pairs(cjson.decode(arg.fields)) do
  redis.call('HSET', job_key(id), name, value)
end
redis.call('HSET', job_key(id), 'blobs', arg.blobs)
local progress = field(arg.source, 'progress')
if progress then redis.call('HSET', job_key(id), 'progress', progress) end
list(id, field(id, 'owner'), now)
count('submitted')
count('reused')
end_job(id, 'succeeded', {'outcome', arg.outcome})
return 1
