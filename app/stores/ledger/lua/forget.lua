-- Stands before `delete` and `sweep`: forget a job that has ended.

-- Note that a job needs a blob no more: it is due now unless another one needs it.
local function release(blob, id)
  local holders = P .. 'holders:' .. blob
  if redis.call('ZREM', holders, id) == 0 then return end  -- swept before
  local last = redis.call('ZRANGE', holders, -1, -1, 'WITHSCORES')
  redis.call('ZADD', BLOBS, last[2] or 0, blob)
end

local function forget(id)
  -- The order goes before the end: an order without an end would be taken for a job
  -- that still has to be painted.
  redis.call('ZADD', BLOBS, now - 1e-3, 'jobs/' .. id .. '/job.json')
  redis.call('ZADD', BLOBS, now, 'jobs/' .. id .. '/end.json')
  for _, asked in ipairs({'cancel', 'finish'}) do
    if field(id, asked .. '_requested_at') then
      redis.call('ZADD', BLOBS, now, 'jobs/' .. id .. '/' .. asked .. '.json')
    end
  end
  if field(id, 'was_paused') then
    redis.call('ZADD', BLOBS, now, 'jobs/' .. id .. '/pause.json')
  end
  if tonumber(field(id, 'commands') or 0) > 0 then
    redis.call('ZADD', BLOBS, now, 'jobs/' .. id .. '/commands.json')
  end
  release_states(id)
  redis.call('SREM', UNWRITTEN, id)
  if batch_file(id) then release(batch_file(id), id) end
  for _, blob in ipairs(blobs_of(id)) do release(blob, id) end
  for _, preview in ipairs(redis.call('LRANGE', P .. 'previews:' .. id, 0, -1)) do
    release(cjson.decode(preview).blob_key, id)
  end
  local reuse = P .. 'reuse:' .. field(id, 'fingerprint')
  if redis.call('GET', reuse) == id then redis.call('DEL', reuse) end
  redis.call('ZREM', ENDED, id)
  redis.call('ZREM', P .. 'jobs:' .. field(id, 'owner'), field(id, 'listed'))
  for _, event in ipairs({'started', 'succeeded', 'failed', 'canceled'}) do
    redis.call('ZREM', OUTBOX, id .. ':job.' .. event)
  end
  redis.call('DEL', job_key(id), P .. 'events:' .. id, P .. 'losses:' .. id,
    P .. 'previews:' .. id, P .. 'deliveries:' .. id, P .. 'commands:' .. id)
end
