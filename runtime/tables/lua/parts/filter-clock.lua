--#include "parts/life.lua"
--#include "parts/server-time.lua"
-- `drop(key, name)` deletes the bits that a field of a filter's head names.
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
