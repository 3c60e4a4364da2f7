-- Marks a filter as complete. KEYS head; ARGV builder, validity in milliseconds. Answers 0 when the builder was replaced, or
-- its bits were evicted.
--#include "parts/filter-clock.lua"
--#include "parts/filter-builder.lua"
if redis.call('GETBIT', key .. ':' .. ARGV[1], 0) == 0 then return 0 end
drop(key, 'full')
local next = redis.call('HMGET', key, 'nextSize', 'nextCount')
redis.call('HSET', key, 'full', ARGV[1], 'size', next[1], 'count', next[2], 'until', string.format('%.0f', now + ARGV[2]))
redis.call('HDEL', key, 'next', 'nextSize', 'nextCount', 'builder', 'builderUntil')
return 1
