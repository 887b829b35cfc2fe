-- Stands before every script: the server's clock and the keys.
-- One server, not a cluster: keys are made here from ids.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6

-- What the caller gave, by name; all of it is text.
local arg = setmetatable({}, {__index = function(_, name) error('no ' .. name) end})
for i = 1, #ARGV, 2 do arg[ARGV[i]] = ARGV[i + 1] end

local OUTBOX = 'impasto:outbox'

local function log_key(id) return 'impasto:deliveries:' .. id end

-- The token and the end of the try that is under way, if one is.
local function lease_of(id, event)
  local lease = redis.call('HGET', log_key(id), event .. ':lease')
  if not lease then return nil end
  local token, until_s = string.match(lease, '^(%S+) (%S+)$')
  return token, tonumber(until_s)
end
