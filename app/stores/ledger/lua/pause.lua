-- Let a job wait in no queue until it is resumed; ask its worker to hand it back.
-- Takes id.
-- Returns 1 paused or asked (also when asked before), 0 it has ended or was told to end,
-- -1 no such job.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status ~= 'queued' and not is_running(status) then return 0 end
for _, asked in ipairs({'cancel', 'finish'}) do
  if redis.call('HEXISTS', job_key(id), asked .. '_requested_at') == 1 then return 0 end
end
if field(id, 'paused_at') or field(id, 'pause_requested_at') then return 1 end
redis.call('HSET', job_key(id), 'pause_requested_at', now, 'was_paused', 1)
if status == 'queued' then park(id) else announce(id) end
return 1
