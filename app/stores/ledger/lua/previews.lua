-- Return the previews whose pictures are still kept, the oldest first. Their list goes
-- as a whole, after the newest of them.
-- ARGV id
local kept = {}
for _, preview in ipairs(redis.call('LRANGE', P .. 'previews:' .. ARGV[1], 0, -1)) do
  local holders = P .. 'holders:' .. cjson.decode(preview).blob_key
  local until_s = redis.call('ZSCORE', holders, ARGV[1])
  if until_s and tonumber(until_s) > now then table.insert(kept, preview) end
end
return kept
