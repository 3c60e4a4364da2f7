#!lua flags=allow-oom
-- Takes a mark that is over off its row. KEYS row; ARGV token. Answers 1 when it is gone, 0 while it stands.
--#include "parts/server-time.lua"
--#include "parts/marks.lua"
local stop = redis.call('HGET', KEYS[1], 'w' .. ARGV[1])
if not stop then return 1 end
if tonumber(stop) > now then return 0 end
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
latest(KEYS[1])
return 1
