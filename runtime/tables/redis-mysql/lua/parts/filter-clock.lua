--#include "parts/life.lua"
--#include "parts/server-time.lua"
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
