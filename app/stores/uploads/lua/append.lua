-- Note a part that is stored.
-- Takes id, writer, parts: all, the new one last, size_bytes: of all, blob: the new
-- one's, replaced: the blob that it stands for, or '', most_bytes.
-- Returns 1; -1 or -2: see `refusal`; -3: its owner's uploads would hold too much.
local id, owner = arg.id, of(arg.id, 'owner')
local why = refusal(id, arg.writer)
if why then return why end
local before = of(id, 'size_bytes')
if total_of(owner) - before + arg.size_bytes > tonumber(arg.most_bytes) then return -3 end
redis.call('HSET', upload_key(id), 'parts', arg.parts, 'size_bytes', arg.size_bytes)
set_size(owner, id, arg.size_bytes)
hold(arg.blob, id, of(id, 'expires_at'))
if arg.replaced ~= '' then hold(arg.replaced, id, now) end
return 1
