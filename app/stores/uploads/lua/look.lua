-- Look at an upload, and let a new request write to it, if one is named.
-- Takes id, owner, writer or '', offset: so much must have arrived, or ''.
-- Returns its state, or {}: there is none of this owner's.
if of(arg.id, 'owner') ~= arg.owner then return {} end
if arg.writer ~= '' and (arg.offset == '' or arg.offset == of(arg.id, 'size_bytes')) then
  redis.call('HSET', upload_key(arg.id), 'writer', arg.writer)
end
return state_of(arg.id)
