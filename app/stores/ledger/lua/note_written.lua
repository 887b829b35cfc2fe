-- Note that the ends of jobs are kept beside the ledger.
-- Takes ids, a list.
-- Returns those that were forgotten meanwhile: nothing of them must stay.
local forgotten = {}
for _, id in ipairs(cjson.decode(arg.ids)) do
  redis.call('SREM', UNWRITTEN, id)
  if redis.call('EXISTS', job_key(id)) == 0 then table.insert(forgotten, id) end
end
return forgotten
