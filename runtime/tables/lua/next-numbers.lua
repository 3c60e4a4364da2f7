#!lua flags=allow-oom
-- Takes the next numbers. KEYS sequence; ARGV maximum count. Answers the last number taken, how many numbers remain in the
-- range, and the count; false when MySQL must grant a range first.
--#include "parts/life.lua"
--#include "parts/range.lua"
if not isGood or tonumber(head[1]) >= tonumber(head[2]) then return false end
local count = math.min(tonumber(ARGV[1]), tonumber(head[2]) - tonumber(head[1]))
local given = redis.call('HINCRBY', KEYS[1], 'n', count)
return {string.format('%.0f', given), tonumber(head[2]) - given, count}
