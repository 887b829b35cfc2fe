-- Forget an upload and let go of its blobs.
-- Takes id.
local id, owner = arg.id, of(arg.id, 'owner')
if not owner then return end
for _, blob in ipairs(blobs_held(id)) do hold(blob, id, now) end
uncount(owner, id)
redis.call('DEL', upload_key(id))
