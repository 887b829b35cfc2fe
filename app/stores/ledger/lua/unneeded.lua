-- Takes blobs, a list.
-- Returns {1, those that no job needs...}, or {0}: jobs that need them may come back.
if not is_whole() then return {0} end
local unneeded = {1}
for _, blob in ipairs(cjson.decode(arg.blobs)) do
  if not redis.call('ZSCORE', BLOBS, blob) then table.insert(unneeded, blob) end
end
return unneeded
