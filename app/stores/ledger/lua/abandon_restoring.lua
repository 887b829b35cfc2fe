-- Let another one begin to restore at once.
-- ARGV token
if redis.call('GET', RESTORING) == ARGV[1] then redis.call('DEL', RESTORING) end
