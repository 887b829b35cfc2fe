-- Whether a message is due and no bell for it waits at the broker.
-- Takes broker: its list of bells.
if redis.call('LLEN', arg.broker) > 0 then return 0 end
return redis.call('ZCOUNT', OUTBOX, '-inf', now) > 0 and 1 or 0
