-- Forget a job that has ended; its blobs are due unless another job needs them.
-- Takes id.
-- Returns 1 forgotten, 0 it waits or runs, -1 no such job.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status == 'queued' or is_running(status) then return 0 end
forget(id)
return 1
