-- Removes a row; what remains says that there is none, and its version, until MySQL knows it; and that an earlier change was
-- refused, until its letter is closed.
--#include "parts/each-row.lua"
local function one(row, journal, from, to)
  --#include "parts/empty.lua"
  --#include "parts/present.lua"
  --#include "parts/expected.lua"
  --#include "parts/overlays.lua"
  local list, names = overlays(stored, nil)
  if incomplete then return -8 end
  --#include "parts/room.lua"
  local id = redis.call('XADD', journal, '*', name, 'd' .. after, 'x', names)
  cover(list, id)
  local refused = redis.call('HGET', row, 'x')
  empty(row, 'v', '-' .. after .. '@' .. id)
  if refused then redis.call('HSET', row, 'x', refused) end
  return tonumber(after)
end
return eachRow(2, one)
