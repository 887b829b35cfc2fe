-- Let a paused job go on; one whose worker has not handed it back yet waits when it does.
-- Takes id.
-- Returns 1 it waits, or will, 0 it has ended or was told to stop, -1 no such job, -2 it
-- is not paused.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status ~= 'queued' and not is_running(status) then return 0 end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return 0 end
if field(id, 'paused_at') then
  unpark(id)
elseif redis.call('HDEL', job_key(id), 'pause_requested_at') == 1 then
  announce(id)
else
  return -2
end
return 1
