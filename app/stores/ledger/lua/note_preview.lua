-- Note a preview that was stored. Fenced by the attempt's number.
-- ARGV id, attempt, preview, blob, step, kept for seconds, at most so many
-- Returns 1 noted, 0 this attempt no longer holds the job.
local id = ARGV[1]
local status = field(id, 'status')
if not is_running(status) or field(id, 'attempt') ~= ARGV[2] then return 0 end
local previews = P .. 'previews:' .. id
-- It was noted before, and the answer was lost on its way.
if redis.call('LINDEX', previews, -1) == ARGV[3] then return 1 end
-- There is something to see: whatever comes first says that the work has begun.
if status == 'starting' then set_status(id, 'processing') end
redis.call('HSET', job_key(id), 'preview', ARGV[3])
redis.call('RPUSH', previews, ARGV[3])
redis.call('EXPIRE', previews, math.ceil(tonumber(ARGV[6])))
hold(ARGV[4], id, now + tonumber(ARGV[6]))
while redis.call('LLEN', previews) > tonumber(ARGV[7]) do
  hold(cjson.decode(redis.call('LPOP', previews)).blob_key, id, now)
end
local revision = redis.call('HINCRBY', job_key(id), 'revision', 1)
emit(id, 'preview', '{"revision":' .. revision .. ',"step":' .. ARGV[5] .. '}')
return 1
