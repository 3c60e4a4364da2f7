-- Sets any fields of a row: nullable, indexed, or with an expected version. Arguments: see parts/each-row.lua.
--#include "parts/each-row.lua"
local function one(row, journal, from, to)
  --#include "parts/present.lua"
  --#include "parts/expected.lua"
  --#include "parts/overlays.lua"
  local set, gone = given(), {}
  local nulls, filled = string.match(ARGV[from + 1], '^([^;]*);?(.*)$')
  eachOf(nulls, function(field) gone[field] = true end)
  local list, names = overlays(stored, function(field)
    if gone[field] then return nil end
    return set[field] or stored(field)
  end)
  if incomplete then return -8 end
  --#include "parts/room.lua"
  local id = redis.call('XADD', journal, '*', name, 's' .. after .. packed(), 'x', names, 'z', nulls)
  cover(list, id)
  eachOf(nulls, function(field) redis.call('HDEL', row, field) end)
  eachOf(filled, function(field) redis.call('HDEL', row, 'n' .. field) end)
  setNulls(nulls)
  redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from + 3, to))
  if not at then redis.call('PERSIST', row) end
  return tonumber(after)
end
return eachRow(2, one)
