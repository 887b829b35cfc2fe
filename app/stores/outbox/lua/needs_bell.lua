-- Whether a message is due and no bell for it waits at the broker.
-- KEYS the broker's list of bells
if redis.call('LLEN', KEYS[1]) > 0 then return 0 end
return redis.call('ZCOUNT', OUTBOX, '-inf', now) > 0 and 1 or 0
