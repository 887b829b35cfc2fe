-- Forget records past their time; name blobs that nobody needs any more.
-- ARGV records are kept for seconds after their pictures, blobs are spared for seconds
-- Nobody is named while jobs are being restored: they may need what nobody seems to.
if not is_whole() then return {} end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', ENDED, '-inf', now - tonumber(ARGV[1]),
  'LIMIT', 0, 200)) do
  forget(id)
end
local due = redis.call('ZRANGEBYSCORE', BLOBS, '-inf', now - tonumber(ARGV[2]),
  'LIMIT', 0, 200)
for _, blob in ipairs(due) do
  redis.call('ZREM', BLOBS, blob)
  redis.call('DEL', P .. 'holders:' .. blob)
end
return due
