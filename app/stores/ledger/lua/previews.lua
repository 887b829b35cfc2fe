-- Return the previews whose pictures are still kept, the oldest first. Their list goes
-- as a whole, after the newest of them.
-- Takes id.
local kept = {}
for _, preview in ipairs(redis.call('LRANGE', P .. 'previews:' .. arg.id, 0, -1)) do
  local holders = P .. 'holders:' .. cjson.decode(preview).blob_key
  local until_s = redis.call('ZSCORE', holders, arg.id)
  if until_s and tonumber(until_s) > now then table.insert(kept, preview) end
end
return kept
