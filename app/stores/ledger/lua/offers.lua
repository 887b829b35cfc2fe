-- Stands before `claim` and `beat`: what a worker can do of what waits.
local function set_of(list)
  local set = {}
  for _, each in ipairs(list) do set[each] = true end
  return set
end

-- Whether a worker can do what is asked, by its words: many ask for the same. Callers
-- are given needs_before: those of a job that does not say.
local function abilities(worker, offer)
  local kinds, networks = set_of(offer.kinds), set_of(offer.networks)

  -- `WorkerOffer.lacks` says the same in Python.
  local function suffices(needs)
    local most = offer.units[needs.memory]
    return kinds[needs.kind]
      and (not needs.network or networks[needs.network])
      and (not needs.device or needs.device == offer.device)
      and (not most or needs.units <= most)
  end

  return setmetatable({}, {__index = function(known, asked)
    local needs, unable = string.match(asked, '^([^\n]*)\n?(.*)$')
    local is_unable = string.find(unable, cjson.encode(worker), 1, true)
    if needs == '' then needs = arg.needs_before end
    known[asked] = not is_unable and suffices(cjson.decode(needs)) or false
    return known[asked]
  end})
end
