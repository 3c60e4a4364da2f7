#!lua flags=allow-oom
-- Skips the numbers up to a number that a caller chose. KEYS sequence; ARGV number. Answers 0 when MySQL must grant a range
-- beyond it first.
--#include "parts/life.lua"
--#include "parts/range.lua"
if not isGood or tonumber(ARGV[1]) > tonumber(head[2]) then return 0 end
if tonumber(ARGV[1]) > tonumber(head[1]) then redis.call('HSET', KEYS[1], 'n', ARGV[1]) end
return 1
