#!lua flags=allow-oom
-- Begins a write-through: reads bypass the cached row until the write ends. KEYS row; ARGV token, maximum time in
-- milliseconds.
--#include "parts/server-time.lua"
--#include "parts/marks.lua"
local stop = string.format('%.0f', now + ARGV[2])
redis.call('HSET', KEYS[1], 'w' .. ARGV[1], stop, 'w', stop)
clean(KEYS[1])
redis.call('PERSIST', KEYS[1])
return 1
