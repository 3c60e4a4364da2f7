#!lua flags=allow-oom
-- Puts a mark on the list. KEYS list; ARGV token, row, milliseconds that it stands at most.
--#include "parts/server-time.lua"
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s@%.0f', ARGV[2], now + ARGV[3]))
return 1
