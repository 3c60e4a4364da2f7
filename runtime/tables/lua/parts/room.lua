-- Refuses the change when the journal is full. Must be the last check: the script appends one entry after it.
local length = lengths[journal] or redis.call('XLEN', journal)
if length >= limit then return -6 end
lengths[journal] = length + 1
local after = tostring(version + 1)
