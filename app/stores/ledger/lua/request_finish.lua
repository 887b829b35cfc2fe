-- Ask a job to end early with the picture as it is; a paused one is resumed to do so.
-- Takes id.
-- Returns 1 asked (also when asked before), 0 it has ended or was told to stop,
-- -1 no such job.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status ~= 'queued' and not is_running(status) then return 0 end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return 0 end
if redis.call('HSETNX', job_key(id), 'finish_requested_at', now) == 1 then
  redis.call('HDEL', job_key(id), 'pause_requested_at')
  if field(id, 'paused_at') then unpark(id) else announce(id) end
end
return 1
