-- Put back what was asked of a job that has not ended; what is newer there stays.
-- Takes token, patience_s, id, rows: a list of {what is asked, sequence number, how the
-- command says it}, files: a list of blobs that they name.
-- Returns 1, 0 there is no such job or it has ended, -1 the token does not count any
-- more.
if redis.call('GET', RESTORING) ~= arg.token then return -1 end
redis.call('EXPIRE', RESTORING, arg.patience_s)
local id, log = arg.id, P .. 'commands:' .. arg.id
local status = field(id, 'status')
if not status or status ~= 'queued' and not is_running(status) then return 0 end
local newest = tonumber(field(id, 'commands') or 0)
for _, row in ipairs(cjson.decode(arg.rows)) do
  local known = redis.call('HGET', log, row[1])
  if not known or cjson.decode(known)[1] < row[2] then
    redis.call('HSET', log, row[1], '[' .. row[2] .. ',' .. row[3] .. ']')
  end
  newest = math.max(newest, row[2])
end
need_files(id, cjson.decode(arg.files), newest)
redis.call('HSET', job_key(id), 'commands', newest)
announce(id)
return 1
