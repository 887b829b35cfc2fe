-- Note that a job names an upload: its time begins anew, and it counts no longer.
-- Takes id, ttl_s.
local id, owner = arg.id, of(arg.id, 'owner')
if not owner or is_expired(id) then return end
set_end(id, tonumber(arg.ttl_s))
for _, blob in ipairs(blobs_held(id)) do hold(blob, id, of(id, 'expires_at')) end
uncount(owner, id)
