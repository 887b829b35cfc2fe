-- Note what an Idempotency-Key stands for, unless it stands for something already.
-- ARGV its name, value, kept for seconds
-- Returns {1, ''} noted, {0, value} was there already, {-1, ''} it may have been there:
-- the ledger is being restored.
local theirs = redis.call('GET', ARGV[1])
if theirs then return {0, theirs} end
if not is_whole() then return {-1, ''} end
redis.call('SET', ARGV[1], ARGV[2], 'EX', ARGV[3])
return {1, ''}
