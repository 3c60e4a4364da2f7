#!lua flags=allow-oom
-- Discards filters and disables builds for a while. KEYS heads; ARGV milliseconds.
--#include "parts/filter-clock.lua"
for _, key in ipairs(KEYS) do
  drop(key, 'full')
  drop(key, 'next')
  redis.call('HDEL', key, 'full', 'size', 'count', 'next', 'nextSize', 'nextCount', 'builder', 'builderUntil')
  redis.call('HSET', key, 'shut', string.format('%.0f', now + ARGV[1]))
end
return 1
