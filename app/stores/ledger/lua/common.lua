-- Stands before every script: the server's clock, the keys, and what several scripts do.
-- One server, not a cluster: keys are made here from ids.
local t = redis.call('TIME')
local now = t[1] + t[2] / 1e6

-- What the caller gave, by name; all of it is text. To ask for what was not given is a
-- fault of ours.
local arg = setmetatable({}, {__index = function(_, name) error('no ' .. name) end})
for i = 1, #ARGV, 2 do arg[ARGV[i]] = ARGV[i + 1] end

local P = 'impasto:'
local BELLS, LEASES = P .. 'bells', P .. 'leases'
local DEADLINES, ENDED = P .. 'deadlines', P .. 'ended'
-- Paused jobs, by when they have been idle for too long.
local PAUSED = P .. 'paused'
local BLOBS, OUTBOX = P .. 'blobs', P .. 'outbox'
-- Jobs whose end is not kept beside the ledger yet; from where attempts are numbered.
local UNWRITTEN, FENCE_BASE = P .. 'unwritten', P .. 'fence_base'

local function job_key(id) return P .. 'job:' .. id end

local function field(id, name) return redis.call('HGET', job_key(id), name) end

local function is_running(status)
  return status == 'starting' or status == 'processing'
end

-- How many attempts were begun. Field `attempt` is the fencing number: it counts from a
-- base that changes when the ledger may have forgotten attempts, or when one was handed
-- back, so that no number comes twice.
local function attempts(id)
  return tonumber(field(id, 'attempt')) - tonumber(field(id, 'fence_base') or 0)
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
    attempt = attempts(id),
  }))
end

local function set_status(id, status)
  redis.call('HSET', job_key(id), 'status', status)
  announce(id)
end

-- Tell whether an attempt holds a job: the number fences off those that have lost it.
local function holds(id, attempt)
  return is_running(field(id, 'status')) and field(id, 'attempt') == attempt
end

-- Jobs wait in lanes, each with a queue, an order and an owner's line of its own. Those
-- of the long lane have the names that they had when there was no other.
local LANES = {'short', 'long'}

local function of_lane(lane, name)
  return P .. (lane == 'long' and '' or lane .. ':') .. name
end

local function queue_of(lane) return of_lane(lane, 'queue') end

-- What the waiting jobs of a lane ask for, beside their queue: many are compared at once.
local function asked_in(lane) return of_lane(lane, 'asked') end

local function order_of(lane) return of_lane(lane, 'order') end

local function lane_of(id) return field(id, 'lane') or 'long' end

local function count_waiting()
  local waiting = 0
  for _, lane in ipairs(LANES) do
    waiting = waiting + redis.call('ZCARD', queue_of(lane))
  end
  return waiting
end

-- Who of a lane is served next: self-clocked fair queueing (Golestani 1994), one flow an owner.
-- A waiting job's score is its finish tag: that of the owner's job before it, or the
-- virtual time if there is none, plus its charge. The lowest tag is served next and
-- becomes the virtual time. Tags are whole numbers; their fraction is the order of
-- arrival, which decides between equal ones. A worker leaves out jobs that it cannot do:
-- they keep their tags, which may lie behind the virtual time then.
-- An owner's line has its waiting jobs by rank, then age. A job leaves it when it is
-- served, once and for all: one that waits again has its old tag and has been charged.
local function line_of(id)
  return of_lane(lane_of(id), 'line:' .. field(id, 'owner'))
end

-- Jobs recorded by a version without priorities have neither rank nor charge. One that
-- was handed back for others stands behind those of its owner that waited meanwhile, and
-- is charged for what it was served.
local function place_of(id)
  local since = field(id, 'turn_since') or field(id, 'created_at')
  return (field(id, 'rank') or 1) .. ':' .. since .. ':' .. id
end

local function charge_of(id)
  return tonumber(field(id, 'turn_charge') or field(id, 'charge') or 1)
end

local function tag_of(id)
  return math.floor(tonumber(redis.call('ZSCORE', queue_of(lane_of(id)), id)))
end

-- Start anew when nobody waits or runs, so that numbers stay small; a lane that is new
-- starts at any time. Where none was
-- noted, the queue is of an older version: begin behind its last job.
local function virtual_time(lane)
  local queue, order = queue_of(lane), order_of(lane)
  if redis.call('ZCARD', queue) == 0
    and (redis.call('ZCARD', LEASES) == 0 or redis.call('EXISTS', order) == 0) then
    redis.call('HSET', order, 'virtual_time', 0, 'arrivals', 0)
  end
  local last = redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')[2]
  return tonumber(redis.call('HGET', order, 'virtual_time') or math.floor(last))
end

-- When a job's turn begins, and which jobs of its owner come after it, the next first.
-- Never in the past: behind a job that nobody can do an owner would save up turns.
local function turn_of(id)
  local line, place = line_of(id), '(' .. place_of(id)
  local before = redis.call('ZREVRANGEBYLEX', line, place, '-', 'LIMIT', 0, 1)[1]
  local behind = redis.call('ZRANGEBYLEX', line, place, '+')
  for i, each in ipairs(behind) do behind[i] = string.match(each, '[^:]+$') end
  local start = virtual_time(lane_of(id))
  if before then start = math.max(start, tag_of(string.match(before, '[^:]+$'))) end
  return start, behind
end

local function shift(queue, ids, by)
  for _, id in ipairs(ids) do redis.call('ZINCRBY', queue, by, id) end
end

-- What a worker must have, and which ones have not; empty where it is not known.
local function asked_by(id)
  local unable = field(id, 'unable')
  return (field(id, 'needs') or '') .. (unable and '\n' .. unable or '')
end

-- Let a job wait: for the first time, or again in its old place. Its hash is there.
local function enqueue(id)
  local lane, tag = lane_of(id), field(id, 'tag')
  if not tag then
    local start, behind = turn_of(id)
    local charge = charge_of(id)
    shift(queue_of(lane), behind, charge)
    redis.call('ZADD', line_of(id), 0, place_of(id))
    local arrivals = redis.call('HINCRBY', order_of(lane), 'arrivals', 1)
    tag = start + charge + arrivals % 2^20 / 2^20
  end
  redis.call('ZADD', queue_of(lane), tag, id)
  redis.call('HSET', asked_in(lane), id, asked_by(id))
end

local function leave_queue(id)
  redis.call('HDEL', asked_in(lane_of(id)), id)
  return redis.call('ZREM', queue_of(lane_of(id)), id) == 1
end

-- Let a job wait no longer, because it ends: those behind it move up, as if it had
-- never been there; but nobody begins in the past, or credit could be saved up.
local function dequeue(id)
  if not leave_queue(id) then return end
  if redis.call('ZREM', line_of(id), place_of(id)) == 0 then return end
  local start, behind = turn_of(id)
  if behind[1] then
    shift(queue_of(lane_of(id)), behind, math.min(0, start + charge_of(behind[1]) - tag_of(behind[1])))
  end
end

-- Let a job wait no longer, because a worker takes it.
local function serve(id)
  local order, tag = order_of(lane_of(id)), redis.call('ZSCORE', queue_of(lane_of(id)), id)
  if not tag then return end
  local served = tonumber(redis.call('HGET', order, 'virtual_time') or 0)
  redis.call('HSET', order, 'virtual_time', math.max(served, math.floor(tag)))
  redis.call('HSET', job_key(id), 'tag', tag)
  leave_queue(id)
  redis.call('ZREM', line_of(id), place_of(id))
end

-- Note until when a job needs a blob; it is kept as long as any job needs it.
local function hold(blob, id, until_s)
  local holders = P .. 'holders:' .. blob
  redis.call('ZADD', holders, until_s, id)
  local last = redis.call('ZRANGE', holders, -1, -1, 'WITHSCORES')
  redis.call('ZADD', BLOBS, last[2], blob)
end

-- The file of a batch is kept as long as the record of any of its jobs.
local function batch_file(id)
  local batch = field(id, 'batch')
  return batch and batch ~= '' and 'batches/' .. batch .. '.json'
end

local function hold_batch(id)
  if batch_file(id) then hold(batch_file(id), id, '+inf') end
end

-- Put a job into its key's list, which is in the order of the microseconds.
local function list(id, owner, created_s)
  local member = string.format('%017.0f:%s', created_s * 1e6, id)
  redis.call('HSET', job_key(id), 'listed', member)
  redis.call('ZADD', P .. 'jobs:' .. owner, 0, member)
end

-- Cut the loss curve back to a step; nothing is left of it at 0.
local function cut_losses(id, step)
  local losses = P .. 'losses:' .. id
  local rows = step > 0 and redis.call('LRANGE', losses, 0, -1) or {}
  redis.call('DEL', losses)
  for _, row in ipairs(rows) do
    if cjson.decode(row)[1] <= step then redis.call('RPUSH', losses, row) end
  end
end

-- Return the job's newest checkpoint, or nil.
local function checkpoint_of(id)
  local text = field(id, 'checkpoint')
  return text and cjson.decode(text) or nil
end

-- The file that names the job's newest checkpoint if the ledger is lost. The key is that
-- of `app.contract.records.wire`.
local function newest_checkpoint(id) return 'checkpoints/' .. id .. '/newest.json' end

-- Let the job point to a checkpoint: its blob is needed as long as it does.
local function keep_checkpoint(id, text, blob)
  hold(blob, id, '+inf')
  hold(newest_checkpoint(id), id, '+inf')
  redis.call('HSET', job_key(id), 'checkpoint', text)
end

-- Let go of the job's checkpoint: the blob is due.
local function drop_checkpoint(id)
  local checkpoint = checkpoint_of(id)
  if checkpoint then
    hold(checkpoint.blob_key, id, now)
    hold(newest_checkpoint(id), id, now)
  end
  redis.call('HDEL', job_key(id), 'checkpoint')
end

-- Let a job begin with the state of another one, if it does.
local function begin_with(job)
  if job.start == '' then return end
  keep_checkpoint(job.id, job.start, cjson.decode(job.start).blob_key)
end

-- The states that branches may begin with, by when they expire, and how many bytes they
-- are: the last one of an ended job, by its id, and older ones of any job, by `id:step`.
local STATES, STATE_BYTES = P .. 'states', P .. 'state_bytes'

-- Return the older states that are kept of a job, the first step first.
local function older_states(id)
  local states = {}
  for text in string.gmatch(field(id, 'older_states') or '', '[^\n]+') do
    table.insert(states, {text = text, checkpoint = cjson.decode(text)})
  end
  return states
end

local function write_older_states(id, states)
  local texts = {}
  for i, state in ipairs(states) do texts[i] = state.text end
  if not texts[1] then return redis.call('HDEL', job_key(id), 'older_states') end
  redis.call('HSET', job_key(id), 'older_states', table.concat(texts, '\n'))
end

-- Keep an older state until then; it may be kept already.
local function hold_older_state(id, checkpoint, until_s)
  hold(checkpoint.blob_key, id, until_s)
  if redis.call('ZADD', STATES, until_s, id .. ':' .. checkpoint.step) == 1 then
    redis.call('INCRBY', STATE_BYTES, checkpoint.bytes)
  end
end

-- Let go of older states from a step on: their blobs are due. Returns those that stay.
local function release_older_states(id, from_step, to_step)
  local left = {}
  for _, state in ipairs(older_states(id)) do
    local checkpoint = state.checkpoint
    if checkpoint.step < from_step or checkpoint.step > (to_step or math.huge) then
      table.insert(left, state)
    else
      if redis.call('ZREM', STATES, id .. ':' .. checkpoint.step) == 1 then
        redis.call('DECRBY', STATE_BYTES, checkpoint.bytes)
      end
      hold(checkpoint.blob_key, id, now)
    end
  end
  write_older_states(id, left)
  return left
end

-- Keep the states of a job that ends, for branches, as long as its files.
local function keep_states(id, until_s)
  for _, state in ipairs(older_states(id)) do
    hold_older_state(id, state.checkpoint, until_s)
  end
  local newest, checkpoint = newest_checkpoint(id), checkpoint_of(id)
  if redis.call('ZSCORE', BLOBS, newest) then hold(newest, id, now) end
  if not checkpoint then return end
  hold(checkpoint.blob_key, id, until_s)
  redis.call('ZADD', STATES, until_s, id)
  redis.call('INCRBY', STATE_BYTES, checkpoint.bytes or 0)
end

-- Let go of the state of an ended job: the blob is due.
local function release_state(id)
  if redis.call('ZREM', STATES, id) == 0 then return end
  local checkpoint = checkpoint_of(id)
  redis.call('DECRBY', STATE_BYTES, checkpoint.bytes or 0)
  hold(checkpoint.blob_key, id, now)
  redis.call('HDEL', job_key(id), 'checkpoint')
end

-- Let go of all states of an ended job.
local function release_states(id)
  release_older_states(id, 0)
  release_state(id)
end

-- A lost attempt may have stored a checkpoint and died before it was noted: it is due.
-- The key is that of `app.contract.records.wire`.
local function drop_unnoted_checkpoint(id)
  local blob = 'checkpoints/' .. id .. '/' .. field(id, 'attempt')
  local checkpoint = checkpoint_of(id)
  if not checkpoint or checkpoint.blob_key ~= blob then hold(blob, id, now) end
end

local function blobs_of(id)
  return cjson.decode(field(id, 'blobs') or '[]')
end

-- The files that commands have brought, each with the number of the newest that did.
local function brought_by(id)
  return cjson.decode(field(id, 'brought') or '{}')
end

-- Keep files that a command brings as long as those that the job was made from.
local function need_files(id, files, sequence)
  if not files[1] then return end
  local blobs, is_known = blobs_of(id), {}
  local brought = brought_by(id)
  for _, blob in ipairs(blobs) do is_known[blob] = true end
  for _, file in ipairs(files) do
    hold(file, id, '+inf')
    if not is_known[file] then table.insert(blobs, file) end
    if not is_known[file] or brought[file] then brought[file] = sequence end
  end
  redis.call('HSET', job_key(id), 'blobs', cjson.encode(blobs), 'brought',
    cjson.encode(brought))
end

-- Let go of files that commands have brought and that nothing names any more. Returns how
-- many stay. A worker may still apply what it has heard of and not told yet.
local function release_superseded(id)
  local brought, stays, count_left = brought_by(id), {}, 0
  if not next(brought) then return 0 end
  local applied = tonumber(field(id, 'applied_revision') or 0)
  local is_held = is_running(field(id, 'status'))
  local named = (field(id, 'changes') or '')
    .. table.concat(redis.call('HVALS', P .. 'commands:' .. id), '\n')
  for file, sequence in pairs(brought) do
    local is_named = string.find(named, string.match(file, '[^/]+$'), 1, true)
    stays[file] = is_named or is_held and sequence > applied
  end
  local blobs = {}
  for _, blob in ipairs(blobs_of(id)) do
    if not brought[blob] or stays[blob] then
      table.insert(blobs, blob)
      if brought[blob] then count_left = count_left + 1 end
    else
      hold(blob, id, now)
      brought[blob] = nil
    end
  end
  redis.call('HSET', job_key(id), 'blobs', cjson.encode(blobs), 'brought',
    cjson.encode(brought))
  return count_left
end

-- End a job, whatever it was doing. `news` are fields and values; `at` is when, if not
-- now.
local function end_job(id, status, news, at)
  local key = job_key(id)
  local before = field(id, 'status')
  local expires = (at or now) + tonumber(field(id, 'ttl_seconds'))
  dequeue(id)
  redis.call('ZREM', BELLS, id)
  redis.call('ZREM', LEASES, id)
  redis.call('ZREM', DEADLINES, id)
  redis.call('ZREM', PAUSED, id)
  redis.call('SREM', P .. 'active:' .. field(id, 'owner'), id)
  redis.call('HSET', key, 'status', status, 'completed_at', at or now, 'expires_at', expires,
    unpack(news or {}))
  redis.call('ZADD', ENDED, expires, id)
  redis.call('SADD', UNWRITTEN, id)
  for _, blob in ipairs(blobs_of(id)) do hold(blob, id, expires) end
  keep_states(id, expires)
  redis.call('HDEL', key, 'waits_again_since', 'paused_at', 'pause_requested_at')
  local name = 'ended:' .. status
  if status == 'failed' then
    name = name .. ':' .. cjson.decode(field(id, 'error')).code
  end
  count(name)
  if is_running(before) then
    observe('run_seconds', now - tonumber(field(id, 'started_at')))
    -- An end from beside the ledger may not say since when: an error here, in the midst
    -- of it, would leave half an end.
    local asked = field(id, 'cancel_requested_at')
    if status == 'canceled' and asked then
      observe('cancel_seconds', now - tonumber(asked))
    end
  end
  announce(id)
  emit(id, 'done', cjson.encode({
    status = status,
    revision = tonumber(field(id, 'revision')),
    attempt = attempts(id),
  }))
  tell(id, 'job.' .. status)
  -- Last: of a job that ends as it begins the stream was not there before. Previews
  -- have a time of their own.
  for _, kind in ipairs({'events:', 'losses:', 'commands:'}) do
    redis.call('EXPIRE', P .. kind .. id, math.ceil(expires - now))
  end
end

-- Do not count a lost attempt that has brought its job further than any before: a long
-- job outlives many workers. Its steps are finite, and so are such attempts.
local function forgive(id)
  local checkpoint = checkpoint_of(id)
  local is_own = checkpoint and checkpoint.attempt == tonumber(field(id, 'attempt'))
  if is_own and checkpoint.step > tonumber(field(id, 'furthest_step') or 0) then
    redis.call('HSET', job_key(id), 'furthest_step', checkpoint.step)
    redis.call('HINCRBY', job_key(id), 'forgiven', 1)
  end
end

-- End a job that must not run again; false if it may. Callers are given max_attempts
-- and failure, that of a job which has used them up.
local function ends_instead(id)
  if is_running(field(id, 'status')) then
    drop_unnoted_checkpoint(id)
    forgive(id)
  end
  redis.call('HDEL', job_key(id), 'progress')
  if redis.call('HEXISTS', job_key(id), 'cancel_requested_at') == 1 then
    end_job(id, 'canceled')
    return true
  end
  local forgiven = tonumber(field(id, 'forgiven') or 0)
  if attempts(id) - forgiven >= tonumber(arg.max_attempts) then
    end_job(id, 'failed', {'error', arg.failure})
    return true
  end
  return false
end

-- Let a job be paused: it waits in no queue, and what it had reached is still told.
local function park(id)
  dequeue(id)
  redis.call('ZREM', BELLS, id)
  redis.call('HDEL', job_key(id), 'pause_requested_at', 'waits_again_since', 'started_at',
    'worker', 'resumed_from_step')
  redis.call('HSET', job_key(id), 'paused_at', now)
  redis.call('ZADD', PAUSED, now + tonumber(field(id, 'ttl_seconds')), id)
  set_status(id, 'queued')
end

-- Let a paused job wait: before all others of its owner, its bell overdue.
local function unpark(id)
  redis.call('ZREM', PAUSED, id)
  redis.call('HDEL', job_key(id), 'paused_at')
  redis.call('HSET', job_key(id), 'rank', -1, 'waits_again_since', now)
  enqueue(id)
  redis.call('ZADD', BELLS, 0, id)
  announce(id)
end

-- What a job was served since its turn began: the part of its work, but each second at
-- least as one of a megapixel-step, as small jobs are charged one at least.
local function served_charge(id)
  local progress = field(id, 'progress')
  local done = progress and cjson.decode(progress).fraction or 0
  local part = math.max(0, done - tonumber(field(id, 'turn_from') or 0))
  local charge = tonumber(field(id, 'charge') or 1)
  local work = math.max(1, math.ceil(cjson.decode(field(id, 'slip')).work or 1))
  local by_time = (now - tonumber(field(id, 'started_at') or now)) * charge / work
  return math.max(1, math.ceil(math.max(part * charge, by_time))), done
end

-- Let a job wait for its next turn: others had none meanwhile.
local function take_turns(id)
  local charge, done = served_charge(id)
  redis.call('HDEL', job_key(id), 'tag', 'started_at', 'worker', 'resumed_from_step')
  redis.call('HSET', job_key(id), 'turn_since', string.format('%.6f', now),
    'turn_charge', charge, 'turn_from', done, 'waits_again_since', now)
  enqueue(id)
  redis.call('ZADD', BELLS, 0, id)
  count('slices')
  set_status(id, 'queued')
end

-- Let a job wait again, its bell overdue: nothing of the attempt that it lost is told.
local function wait_again(id)
  if field(id, 'pause_requested_at') then return park(id) end
  redis.call('HDEL', job_key(id), 'progress', 'started_at', 'worker',
    'resumed_from_step')
  redis.call('HSET', job_key(id), 'waits_again_since', now)
  enqueue(id)
  redis.call('ZADD', BELLS, 0, id)
  set_status(id, 'queued')
end
