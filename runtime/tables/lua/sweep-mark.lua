#!lua flags=allow-oom
-- Removes an expired mark from its row. KEYS row; ARGV token. Answers 1 when the mark is gone, 0 while it is valid.
--#include "parts/server-time.lua"
--#include "parts/marks.lua"
local stop = redis.call('HGET', KEYS[1], 'w' .. ARGV[1])
if not stop then return 1 end
if tonumber(stop) > now then return 0 end
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
latest(KEYS[1])
return 1
