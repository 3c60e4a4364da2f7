-- Adds to a column. Answers the sum as a text. Arguments after the first three: field; kind of number (i 64-bit integer, s
-- int32, u uint32, d double, f float); delta; minimum; maximum. Leaves a 32-bit column alone when a process of a newer
-- schema stored a 64-bit value.
--#include "parts/each-row.lua"
--#include "parts/decimals.lua"
local function one(row, journal, from, to)
  --#include "parts/present.lua"
  --#include "parts/overlays.lua"
  local field, kind, delta = ARGV[from + 3], ARGV[from + 4], ARGV[from + 5]
  local least, most = ARGV[from + 6], ARGV[from + 7]
  local now = stored(field)
  if incomplete then return -8 end
  if not now then return -7 end
  local total
  if kind ~= 'd' and kind ~= 'f' then
    if kind == 's' and (less(now, '-2147483648') or less('2147483647', now)) then return -5 end
    if kind == 'u' and (less(now, '0') or less('4294967295', now)) then return -5 end
    total = sum(now, delta)
    if less(total, least) or less(most, total) then return -5 end
  else
    local real = tonumber(now) + tonumber(delta)
    if kind == 'f' then real = struct.unpack('f', struct.pack('f', real)) end
    if real ~= real or real - real ~= 0 then return -5 end
    if least ~= '' and real < tonumber(least) or most ~= '' and real > tonumber(most) then return -5 end
    total = string.format('%.17g', real + 0)
  end
  local list, names = {}, ''
  if ARGV[from + 2] ~= '' then
    list, names = overlays(stored, function(other)
      if other == field then return total end
      return stored(other)
    end)
    if incomplete then return -8 end
  end
  --#include "parts/room.lua"
  local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(field, total), 'x', names)
  cover(list, id)
  redis.call('HSET', row, 'v', after .. '@' .. id, field, total)
  if not at then redis.call('PERSIST', row) end
  return total
end
return eachRow(2, one)
