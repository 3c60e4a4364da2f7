-- Begins to build a filter; from then on all scripts add their values to the filter. KEYS head; ARGV builder, which also
-- names the bits; number of bits; timeout of the builder without progress, milliseconds. Answers 0 while another builder
-- works, or builds are disabled.
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
