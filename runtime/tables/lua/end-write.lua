#!lua flags=allow-oom
-- Ends a write-through. Evicts a row that was cached meanwhile. KEYS row; ARGV token.
--#include "parts/marks.lua"
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
clean(KEYS[1])
latest(KEYS[1])
return 1
