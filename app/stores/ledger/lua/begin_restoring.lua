-- Takes token, patience_s.
-- Returns the token with the server's run, or '': another one restores.
-- The run is a part of it: what was compared before the server started again does not
-- make the ledger of the new run whole.
local token = arg.token .. ':' .. run_id()
local begun = redis.call('SET', RESTORING, token, 'NX', 'EX', arg.patience_s)
-- Who asks again, because the answer was lost, has begun already.
if begun or redis.call('GET', RESTORING) == token then return token end
return ''
