-- Say from which step an attempt went on; 0: from none, though there was a checkpoint.
-- Fenced by the attempt's number. It is told by the worker and not by `claim`: only the
-- runner knows whether the checkpoint can be gone on from.
-- Takes id, attempt, step.
-- Returns 1 noted, 0 this attempt no longer holds the job.
local id, step = arg.id, tonumber(arg.step)
if not holds(id, arg.attempt) then return 0 end
cut_losses(id, step)
-- What comes after that is another way.
release_older_states(id, step + 1)
if step > 0 then
  redis.call('HSET', job_key(id), 'resumed_from_step', step)
else
  redis.call('HDEL', job_key(id), 'resumed_from_step')
end
announce(id)
return 1
