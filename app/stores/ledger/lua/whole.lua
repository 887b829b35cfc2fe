-- Stands before scripts that must not trust a ledger which may have lost data: is the
-- marker there, and is it of this very run of the server?
local GENERATION, RESTORING = P .. 'generation', P .. 'restoring'

local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

local function is_whole() return redis.call('GET', GENERATION) == run_id() end
