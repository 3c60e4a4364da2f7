-- Sets fields that are neither nullable nor indexed, whatever the version is. Arguments: field, text, field, text ...
--#include "parts/each-row.lua"
local function one(row, journal, from, to)
  --#include "parts/present.lua"
  --#include "parts/room.lua"
  local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(unpack(ARGV, from, to)))
  redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from, to))
  if not at then redis.call('PERSIST', row) end
  return tonumber(after)
end
return eachRow(2, one)
