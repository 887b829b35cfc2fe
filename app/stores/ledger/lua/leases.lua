-- Stands before `claim` and `reap`: those who live must have had the time to beat.

-- Tell whether leases run out now. It is looked at every second, or whenever somebody
-- claims. Callers are given lease_s, and round_gap_s: the longest usual time between two
-- looks.
local function leases_run_out()
  local rounds, gap = P .. 'rounds', tonumber(arg.round_gap_s)
  local last, spared_until = unpack(redis.call('HMGET', rounds, 'last', 'spared_until'))
  spared_until = tonumber(spared_until or 0)
  -- After a longer gap the server itself may have stood still: nobody could beat. Who
  -- lives does so at once now; until then no lease runs out. Once, not again and again:
  -- rounds may be that rare by somebody's wish.
  if last and now - tonumber(last) > gap and spared_until <= tonumber(last) then
    spared_until = now + gap
    redis.call('HSET', rounds, 'spared_until', spared_until)
  end
  redis.call('HSET', rounds, 'last', now)
  -- A server that has just started expires nothing for the length of a lease: as long as
  -- it was away nobody could beat.
  local uptime_s = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
  return tonumber(uptime_s) > tonumber(arg.lease_s) and now >= spared_until
end
