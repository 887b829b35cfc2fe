-- Append a command to a job's log. Of each thing that is asked only the newest is kept:
-- the log is no longer than there are things to ask for.
-- Takes id, rows: a list of {what is asked, how the command says it}, expected: a list
-- of sequence numbers of which the newest command must have one, or '', files: a list of
-- blobs that it names, most_files: so many of commands are kept.
-- Returns the command's sequence number, 0 the job has ended or was told to stop,
-- -1 no such job, -2 and less: another was expected, the newest is -2 minus it;
-- 'full' if so many files are kept.
local id = arg.id
local status = field(id, 'status')
if not status then return -1 end
if status ~= 'queued' and not is_running(status) then return 0 end
if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then return 0 end
local newest = tonumber(field(id, 'commands') or 0)
if arg.expected ~= '' then
  local is_expected = false
  for _, each in ipairs(cjson.decode(arg.expected)) do
    is_expected = is_expected or each == newest
  end
  if not is_expected then return -2 - newest end
end
local files = cjson.decode(arg.files)
if files[1] and release_superseded(id) >= tonumber(arg.most_files) then return 'full' end
local sequence = redis.call('HINCRBY', job_key(id), 'commands', 1)
for _, row in ipairs(cjson.decode(arg.rows)) do
  redis.call('HSET', P .. 'commands:' .. id, row[1], '[' .. sequence .. ',' .. row[2] .. ']')
end
need_files(id, files, sequence)
redis.call('HSETNX', job_key(id), 'control_asked_at', now)
announce(id)
return sequence
