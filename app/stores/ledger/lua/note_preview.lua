-- Note a preview that was stored. Fenced by the attempt's number.
-- Takes id, attempt, preview, blob: its own, step, kept_s, and most: so many are kept.
-- Returns 1 noted, 0 this attempt no longer holds the job.
local id, preview, kept_s = arg.id, arg.preview, tonumber(arg.kept_s)
if not holds(id, arg.attempt) then return 0 end
local previews = P .. 'previews:' .. id
-- It was noted before, and the answer was lost on its way.
if redis.call('LINDEX', previews, -1) == preview then return 1 end
-- There is something to see: whatever comes first says that the work has begun.
if field(id, 'status') == 'starting' then set_status(id, 'processing') end
redis.call('HSET', job_key(id), 'preview', preview)
redis.call('RPUSH', previews, preview)
redis.call('EXPIRE', previews, math.ceil(kept_s))
hold(arg.blob, id, now + kept_s)
while redis.call('LLEN', previews) > tonumber(arg.most) do
  hold(cjson.decode(redis.call('LPOP', previews)).blob_key, id, now)
end
local revision = redis.call('HINCRBY', job_key(id), 'revision', 1)
emit(id, 'preview', '{"revision":' .. revision .. ',"step":' .. arg.step .. '}')
return 1
