-- Note that an upload is whole: its time begins anew, its parts are let go.
-- Takes id, writer, sha256, facts, ttl_s.
-- Returns {1, its state}, or {-1} or {-2}: see `refusal`.
local id = arg.id
local why = refusal(id, arg.writer)
if why then return {why} end
for _, blob in ipairs(blobs_held(id)) do hold(blob, id, now) end
set_end(id, tonumber(arg.ttl_s))
redis.call('HSET', upload_key(id), 'parts', '', 'sha256', arg.sha256, 'facts', arg.facts)
for _, blob in ipairs(blobs_held(id)) do hold(blob, id, of(id, 'expires_at')) end
return {1, state_of(id)}
