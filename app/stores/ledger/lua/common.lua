-- Stands before every script: the server's clock, the keys, and what several scripts do.
-- One server, not a cluster: keys are made here from ids.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6

local P = 'impasto:'
local QUEUE, BELLS, LEASES = P .. 'queue', P .. 'bells', P .. 'leases'
local DEADLINES, ENDED = P .. 'deadlines', P .. 'ended'
local BLOBS, OUTBOX = P .. 'blobs', P .. 'outbox'

local function job_key(id) return P .. 'job:' .. id end

local function field(id, name) return redis.call('HGET', job_key(id), name) end

local function is_running(status)
  return status == 'starting' or status == 'processing'
end

local function count(name, by)
  redis.call('HINCRBYFLOAT', P .. 'counters', name, by or 1)
end

-- Count a value in its histogram; `BOUNDS` is set by the caller's first line.
local function observe(name, value)
  local slot = '+Inf'
  for _, bound in ipairs(BOUNDS[name]) do
    if value <= bound then slot = tostring(bound) break end
  end
  count(name .. ':le:' .. slot)
  count(name .. ':count')
  count(name .. ':sum', value)
end

-- Append to the job's own stream, and tell those who follow all jobs.
local function emit(id, kind, data)
  local event = redis.call('XADD', P .. 'events:' .. id, 'MAXLEN', '~', 1000, '*',
    'kind', kind, 'data', data)
  redis.call('XADD', P .. 'news', 'MAXLEN', '~', 10000, '*',
    'job', id, 'event', event, 'kind', kind, 'data', data)
end

-- Put a webhook's message into the outbox, if the client wants this one.
local function tell(id, event)
  local wanted = field(id, 'webhook_events')
  if wanted and string.find(wanted, ' ' .. event .. ' ', 1, true) then
    redis.call('ZADD', OUTBOX, now, id .. ':' .. event)
  end
end

-- Raise the revision and say in which state the job is now.
local function announce(id, kind)
  local revision = redis.call('HINCRBY', job_key(id), 'revision', 1)
  emit(id, kind or 'status', cjson.encode({
    status = field(id, 'status'),
    revision = revision,
    attempt = tonumber(field(id, 'attempt')),
  }))
end

local function set_status(id, status)
  redis.call('HSET', job_key(id), 'status', status)
  announce(id)
end

-- Let a job wait: for the first time, or again in its old place. Its hash is there.
-- Nobody else writes to the queue, whose order is the order of service.
local function enqueue(id)
  redis.call('ZADD', QUEUE, field(id, 'created_at'), id)
end

-- Let a job wait no longer, because it ends.
local function dequeue(id)
  redis.call('ZREM', QUEUE, id)
end

-- Let a job wait no longer, because a worker takes it.
local function serve(id)
  redis.call('ZREM', QUEUE, id)
end

-- Note until when a job needs a blob; it is kept as long as any job needs it.
local function hold(blob, id, until_s)
  local holders = P .. 'holders:' .. blob
  redis.call('ZADD', holders, until_s, id)
  local last = redis.call('ZRANGE', holders, -1, -1, 'WITHSCORES')
  redis.call('ZADD', BLOBS, last[2], blob)
end

-- Put a job into its key's list, which is in the order of the microseconds.
local function list(id, owner, created_s)
  local member = string.format('%017.0f:%s', created_s * 1e6, id)
  redis.call('HSET', job_key(id), 'listed', member)
  redis.call('ZADD', P .. 'jobs:' .. owner, 0, member)
end

local function blobs_of(id)
  return cjson.decode(field(id, 'blobs') or '[]')
end

-- End a job, whatever it was doing. `news` are fields and values.
local function end_job(id, status, news)
  local key = job_key(id)
  local before = field(id, 'status')
  local expires = now + tonumber(field(id, 'ttl_seconds'))
  dequeue(id)
  redis.call('ZREM', BELLS, id)
  redis.call('ZREM', LEASES, id)
  redis.call('ZREM', DEADLINES, id)
  redis.call('SREM', P .. 'active:' .. field(id, 'owner'), id)
  redis.call('HSET', key, 'status', status, 'completed_at', now, 'expires_at', expires,
    unpack(news or {}))
  redis.call('ZADD', ENDED, expires, id)
  for _, blob in ipairs(blobs_of(id)) do hold(blob, id, expires) end
  for _, kind in ipairs({'events:', 'losses:', 'previews:'}) do
    redis.call('EXPIRE', P .. kind .. id, math.ceil(expires - now))
  end
  local name = 'ended:' .. status
  if status == 'failed' then
    name = name .. ':' .. cjson.decode(field(id, 'error')).code
  end
  count(name)
  if is_running(before) then
    observe('run_seconds', now - tonumber(field(id, 'started_at')))
    if status == 'canceled' then
      observe('cancel_seconds', now - tonumber(field(id, 'cancel_requested_at')))
    end
  end
  announce(id)
  emit(id, 'done', cjson.encode({
    status = status,
    revision = tonumber(field(id, 'revision')),
    attempt = tonumber(field(id, 'attempt')),
  }))
  tell(id, 'job.' .. status)
end

-- End a job that must not run again; false if it may.
local function ends_instead(id, max_attempts, failure)
  redis.call('HDEL', job_key(id), 'progress')
  if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then
    end_job(id, 'canceled')
    return true
  end
  if tonumber(field(id, 'attempt')) >= max_attempts then
    end_job(id, 'failed', {'error', failure})
    return true
  end
  return false
end
