-- End a waiting job at once; ask a running one to stop.
-- Takes id, reason.
-- Returns 1 done or asked (also when asked before), 0 ended otherwise, -1 no such job.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status == 'succeeded' or status == 'failed' then return 0 end
if status == 'canceled' then return 1 end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return 1 end
redis.call('HSET', job_key(id), 'cancel_requested_at', now, 'cancel_reason', arg.reason)
if status == 'queued' then end_job(id, 'canceled') else announce(id) end
return 1
