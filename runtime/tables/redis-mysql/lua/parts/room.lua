-- The last check: what follows it writes one entry.
local length = lengths[journal] or redis.call('XLEN', journal)
if length >= limit then return -6 end
lengths[journal] = length + 1
local after = tostring(version + 1)
