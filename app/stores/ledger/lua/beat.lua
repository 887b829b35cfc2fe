-- Renew the lease, carry progress and losses, bring back what the client wants.
-- Takes id, attempt, lease_s, progress or '', losses (a list of points), obeyed: the
-- sequence number of the last command that the attempt has heard.
-- Returns a reply (0 go on, 1 cancel, 2 lease lost, 3 finish), and the rows of the
-- commands, if there are newer ones.
local id, progress = arg.id, arg.progress
if not holds(id, arg.attempt) then return {2} end
redis.call('ZADD', LEASES, now + tonumber(arg.lease_s), id)
for _, point in ipairs(cjson.decode(arg.losses)) do
  redis.call('RPUSH', P .. 'losses:' .. id, point)
end
if progress ~= '' then
  redis.call('HSET', job_key(id), 'progress', progress)
  if field(id, 'status') == 'starting' then set_status(id, 'processing') end
  local revision = redis.call('HINCRBY', job_key(id), 'revision', 1)
  emit(id, 'progress', '{"revision":' .. revision .. ',' .. string.sub(progress, 2))
end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return {1} end
local answer = {0}
if tonumber(field(id, 'commands') or 0) > tonumber(arg.obeyed) then
  answer = redis.call('HVALS', P .. 'commands:' .. id)
  table.insert(answer, 1, 0)
end
if redis.call('HEXISTS', job_key(id), 'finish_requested_at') == 1 then answer[1] = 3 end
return answer
