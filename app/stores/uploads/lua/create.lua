-- Record an empty upload.
-- Takes id, owner, media_type, writer, ttl_s.
-- Returns its state.
redis.call('HSET', upload_key(arg.id), 'owner', arg.owner, 'media_type', arg.media_type,
  'writer', arg.writer, 'created_at', string.format('%.6f', now), 'parts', '',
  'size_bytes', 0, 'sha256', '', 'facts', '{}')
set_size(arg.owner, arg.id, 0)
set_end(arg.id, tonumber(arg.ttl_s))
return state_of(arg.id)
