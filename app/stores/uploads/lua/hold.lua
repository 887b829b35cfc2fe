-- Keep a blob that the whole is about to be stored as.
-- Takes id, writer, blob.
-- Returns 1, or -1 or -2: see `refusal`.
local why = refusal(arg.id, arg.writer)
if why then return why end
hold(arg.blob, arg.id, of(arg.id, 'expires_at'))
return 1
