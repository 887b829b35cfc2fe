-- Note a checkpoint that was stored: the newest wins. Fenced by the attempt's number.
-- Takes id, attempt, checkpoint, blob: its own.
-- Returns 1 noted, 0 this attempt no longer holds the job: the blob is due.
local id, blob = arg.id, arg.blob
local before = checkpoint_of(id)
local is_other = before and before.blob_key ~= blob
if not holds(id, arg.attempt) then
  -- What an attempt left that was handed back may be what the job points to.
  if not before or is_other then hold(blob, id, now) end
  return 0
end
if is_other then hold(before.blob_key, id, now) end
keep_checkpoint(id, arg.checkpoint, blob)
return 1
