-- Let another one begin to restore at once.
if redis.call('GET', RESTORING) == arg.token then redis.call('DEL', RESTORING) end
