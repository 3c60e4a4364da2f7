-- Begins to build a filter: from now on all functions note their values in it. KEYS head; ARGV builder, which is the name of its
-- bits too; how many bits; for how long it builds without a sign of life, milliseconds. Answers 0 while another builds, or none
-- may.
--#include "parts/filter-clock.lua"
--#include "parts/may-build.lua"
local key = KEYS[1]
if not mayBuild(key) then return 0 end
local head = redis.call('HMGET', key, 'life', 'until', 'full')
redis.call('SETBIT', key .. ':' .. ARGV[1], ARGV[2], 0)
redis.call('SETBIT', key .. ':' .. ARGV[1], 0, 1)
drop(key, 'next')
if head[1] ~= life or head[3] and tonumber(head[2]) <= now then
  drop(key, 'full')
  redis.call('HDEL', key, 'full', 'size', 'count')
end
redis.call('HSET', key, 'life', life, 'next', ARGV[1], 'nextSize', ARGV[2], 'nextCount', 0, 'builder', ARGV[1],
  'builderUntil', string.format('%.0f', now + ARGV[3]))
return 1
