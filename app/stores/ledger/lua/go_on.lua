-- Say that the restoration goes on.
-- Takes token, patience_s
-- Returns 1, or -1: the token does not count any more.
if redis.call('GET', RESTORING) ~= arg.token then return -1 end
return redis.call('EXPIRE', RESTORING, arg.patience_s)
