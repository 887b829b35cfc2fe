-- Stands before every script of uploads, behind the ledger's own `common`: uploads hold
-- blobs as jobs do. The keys of blobs are those of `app.contract.records.wire`.

local function upload_key(id) return P .. 'upload:' .. id end

local function of(id, name) return redis.call('HGET', upload_key(id), name) end

-- An owner's unused uploads: when the time of each is over, how many bytes each holds,
-- and `total`.
local function ends_key(owner) return P .. 'uploads:' .. owner end
local function sizes_key(owner) return P .. 'upload_bytes:' .. owner end

local function set_size(owner, id, bytes)
  local before = redis.call('HGET', sizes_key(owner), id) or 0
  redis.call('HSET', sizes_key(owner), id, bytes)
  redis.call('HINCRBY', sizes_key(owner), 'total', bytes - before)
end

local function uncount(owner, id)
  set_size(owner, id, 0)
  redis.call('HDEL', sizes_key(owner), id)
  redis.call('ZREM', ends_key(owner), id)
end

-- What an owner's unused uploads hold; those past their time hold nothing any more.
local function total_of(owner)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ends_key(owner), '-inf', now)) do
    uncount(owner, id)
  end
  return tonumber(redis.call('HGET', sizes_key(owner), 'total') or 0)
end

-- Let its time end so long from now. The record is kept as long again, so that a client
-- can be told that the upload has expired.
local function set_end(id, ttl_s)
  local owner, ends = of(id, 'owner'), string.format('%.6f', now + ttl_s)
  redis.call('HSET', upload_key(id), 'expires_at', ends)
  redis.call('ZADD', ends_key(owner), ends, id)
  for _, key in ipairs({upload_key(id), ends_key(owner), sizes_key(owner)}) do
    redis.call('EXPIRE', key, math.ceil(2 * ttl_s))
  end
end

local function is_expired(id) return tonumber(of(id, 'expires_at')) <= now end

-- The blobs of its parts, and of the whole.
local function blobs_held(id)
  local blobs = {}
  for name in string.gmatch(of(id, 'parts'), '(%S+):%d+') do
    table.insert(blobs, 'parts/' .. id .. '/' .. name)
  end
  local sha256 = of(id, 'sha256')
  if sha256 ~= '' then table.insert(blobs, 'uploads/' .. sha256) end
  return blobs
end

-- Returns {now, what its owner's unused uploads hold, fields and values}.
local function state_of(id)
  return {string.format('%.6f', now), total_of(of(id, 'owner')),
    redis.call('HGETALL', upload_key(id))}
end

-- Why a request may not write: -1 it is gone or past its time, -2 another one writes or
-- nothing may follow; nil if it may.
local function refusal(id, writer)
  local newest = of(id, 'writer')
  if not newest or is_expired(id) then return -1 end
  if newest ~= writer or of(id, 'sha256') ~= '' then return -2 end
end
