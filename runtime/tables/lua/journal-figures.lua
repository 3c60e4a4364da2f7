-- Reads the entry counts of a journal atomically. KEYS journal, lease; ARGV position, owner. Answers the total of entries
-- ever added and the number of entries after the position; false when the owner has lost the lease.
--#include "parts/owner-of.lua"
if ownerOf(KEYS[2]) ~= ARGV[2] then return false end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
local info, added = redis.call('XINFO', 'STREAM', KEYS[1]), 0
for at = 1, #info, 2 do
  if info[at] == 'entries-added' then added = info[at + 1] end
end
local before = #redis.call('XRANGE', KEYS[1], '-', ARGV[1])
return {added, redis.call('XLEN', KEYS[1]) - before}
