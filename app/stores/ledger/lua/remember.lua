-- Note what an Idempotency-Key stands for, unless it stands for something already.
-- Takes its name, value, kept_s.
-- Returns {1, ''} noted, {0, value} was there already, {-1, ''} it may have been there:
-- the ledger is being restored.
local theirs = redis.call('GET', arg.name)
if theirs then return {0, theirs} end
if not is_whole() then return {-1, ''} end
redis.call('SET', arg.name, arg.value, 'EX', arg.kept_s)
return {1, ''}
