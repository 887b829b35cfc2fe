-- Renew the lease, carry progress and losses, bring back what the client wants.
-- ARGV id, attempt, lease_s, progress or '', losses...
-- Returns 0 go on, 1 cancel, 2 lease lost, 3 finish.
local id = ARGV[1]
local status = field(id, 'status')
if not is_running(status) or field(id, 'attempt') ~= ARGV[2] then return 2 end
redis.call('ZADD', LEASES, now + tonumber(ARGV[3]), id)
if #ARGV > 4 then redis.call('RPUSH', P .. 'losses:' .. id, unpack(ARGV, 5)) end
if ARGV[4] ~= '' then
  redis.call('HSET', job_key(id), 'progress', ARGV[4])
  if status == 'starting' then set_status(id, 'processing') end
  local revision = redis.call('HINCRBY', job_key(id), 'revision', 1)
  emit(id, 'progress', '{"revision":' .. revision .. ',' .. string.sub(ARGV[4], 2))
end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return 1 end
if redis.call('HEXISTS', job_key(id), 'finish_requested_at') == 1 then return 3 end
return 0
