-- Removes a row. Until MySQL has the change, a tombstone with the version stays. The mark of a refused earlier change stays
-- until its dead letter is closed.
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
