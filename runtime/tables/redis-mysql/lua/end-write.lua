#!lua flags=allow-oom
-- Ends it. What has come into the cache nevertheless leaves it. KEYS row; ARGV token.
--#include "parts/marks.lua"
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
clean(KEYS[1])
latest(KEYS[1])
return 1
