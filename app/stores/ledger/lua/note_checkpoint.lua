-- Note a checkpoint that was stored: the newest wins. Fenced by the attempt's number.
-- ARGV id, attempt, checkpoint, its blob
-- Returns 1 noted, 0 this attempt no longer holds the job: the blob is due.
local id, blob = ARGV[1], ARGV[4]
local before = checkpoint_of(id)
local is_other = before and before.blob_key ~= blob
if not is_running(field(id, 'status')) or field(id, 'attempt') ~= ARGV[2] then
  -- What an attempt left that was handed back may be what the job points to.
  if not before or is_other then hold(blob, id, now) end
  return 0
end
if is_other then hold(before.blob_key, id, now) end
keep_checkpoint(id, ARGV[3], blob)
return 1
