#!lua flags=allow-oom
-- The next numbers. ARGV how many at most. Answers the last of them, how many remain of the range, and how many they are; or
-- false when MySQL must grant a range first.
--#include "parts/life.lua"
--#include "parts/range.lua"
if not isGood or tonumber(head[1]) >= tonumber(head[2]) then return false end
local count = math.min(tonumber(ARGV[1]), tonumber(head[2]) - tonumber(head[1]))
local given = redis.call('HINCRBY', KEYS[1], 'n', count)
return {string.format('%.0f', given), tonumber(head[2]) - given, count}
