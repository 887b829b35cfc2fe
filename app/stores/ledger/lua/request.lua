-- Append a command to a job's log. Of each thing that is asked only the newest is kept:
-- the log is no longer than there are things to ask for.
-- Takes id, rows: a list of {what is asked, how the command says it}.
-- Returns the command's sequence number, 0 the job has ended or was told to stop,
-- -1 no such job.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status ~= 'queued' and not is_running(status) then return 0 end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return 0 end
local sequence = redis.call('HINCRBY', job_key(id), 'commands', 1)
for _, row in ipairs(cjson.decode(arg.rows)) do
  redis.call('HSET', P .. 'commands:' .. id, row[1], '[' .. sequence .. ',' .. row[2] .. ']')
end
return sequence
