-- Say that the restoration goes on.
-- ARGV token, patience_s
-- Returns 1, or -1: the token does not count any more.
if redis.call('GET', RESTORING) ~= ARGV[1] then return -1 end
return redis.call('EXPIRE', RESTORING, ARGV[2])
