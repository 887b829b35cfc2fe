-- Drop all that the ledger holds but the token.
-- ARGV token, patience_s
-- Returns 1, or -1: the token does not count any more.
-- Names are taken here, not outside: they may be no text.
if redis.call('GET', RESTORING) ~= ARGV[1] then return -1 end
redis.call('EXPIRE', RESTORING, ARGV[2])
local cursor = '0'
repeat
  local found = redis.call('SCAN', cursor, 'MATCH', P .. '*', 'COUNT', 1000)
  cursor = found[1]
  for _, name in ipairs(found[2]) do
    if name ~= RESTORING then redis.call('DEL', name) end
  end
until cursor == '0'
return 1
