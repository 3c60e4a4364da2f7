#!lua flags=allow-oom
-- Stores a range that MySQL granted. KEYS sequence; ARGV number before the range, last number of the range.
--#include "parts/life.lua"
--#include "parts/range.lua"
if not isGood or tonumber(ARGV[2]) > tonumber(head[2]) then
  redis.call('HSET', KEYS[1], 'n', ARGV[1], 'c', ARGV[2], 'e', life)
end
return 1
