-- Look at a hash that was not found; in one step, so that a ledger which is restored
-- meanwhile is not believed twice.
-- Takes key.
-- Returns {1 if the ledger is whole, fields and values...}
local answer = redis.call('HGETALL', arg.key)
table.insert(answer, 1, is_whole() and 1 or 0)
return answer
