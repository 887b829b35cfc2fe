-- Forget records past their time; name blobs that nobody needs any more.
-- Takes record_ttl_s: records are kept so long after their pictures, and blob_grace_s:
-- blobs are spared so long, state_bytes: so much of the states for branches is
-- kept; those that would expire first go first.
-- Nobody is named while jobs are being restored: they may need what nobody seems to.
if not is_whole() then return {} end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', ENDED, '-inf', now - tonumber(arg.record_ttl_s),
  'LIMIT', 0, 200)) do
  forget(id)
end
-- Let go of a member of `STATES`.
local function let_go(member)
  local id, step = string.match(member, '^([^:]+):(%d+)$')
  if not id then return release_state(member) end
  release_older_states(id, tonumber(step), tonumber(step))
  redis.call('ZREM', STATES, member)  -- also one that no job has
end

for _, each in ipairs(redis.call('ZRANGEBYSCORE', STATES, '-inf', now, 'LIMIT', 0, 200)) do
  let_go(each)
end
while tonumber(redis.call('GET', STATE_BYTES) or 0) > tonumber(arg.state_bytes) do
  local first = redis.call('ZRANGE', STATES, 0, 0)[1]
  if not first then break end
  let_go(first)
end
local due = redis.call('ZRANGEBYSCORE', BLOBS, '-inf', now - tonumber(arg.blob_grace_s),
  'LIMIT', 0, 200)
for _, blob in ipairs(due) do
  redis.call('ZREM', BLOBS, blob)
  redis.call('DEL', P .. 'holders:' .. blob)
end
return due
