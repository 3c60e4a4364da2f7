-- Removes the mark of a refusal from a row, once its dead letters are closed. KEYS row; ARGV the change that was written
-- since.
--#include "parts/is-later.lua"
local refused = redis.call('HGET', KEYS[1], 'x')
if refused and not isLater(refused, ARGV[1]) then redis.call('HDEL', KEYS[1], 'x') end
return 0
