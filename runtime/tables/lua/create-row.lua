-- Creates a row. Its arguments begin with its unique values, each of which must be certainly new by the Bloom filter of its
-- index. Values that the caller holds are left out.
--
--     from      number of values; for each the head of its index's filter, and two hashes
--
-- Then the arguments of all change scripts follow (`parts/each-row.lua`), with the row's first version in place of the
-- expected version. The first version counts when the last version of the key is unknown; 1 means that the key was never
-- used, so that MySQL need not be asked.
--#include "parts/each-row.lua"
--#include "parts/note-values.lua"
local function one(row, journal, from, to)
  local values = from
  from = from + 1 + 3 * tonumber(ARGV[from])
  --#include "parts/begin.lua"
  if v and string.byte(v) ~= 45 then return -4 end
  if not v and ARGV[from] ~= '1' then return -1 end
  local version = v and string.match(v, '%d+') or '0'
  if version == '0' then version = tostring(tonumber(ARGV[from]) - 1) end
  --#include "parts/overlays.lua"
  local set = given()
  local list, names = overlays(nil, function(field) return set[field] end)
  --#include "parts/room.lua"
  for at = values + 1, from - 3, 3 do
    if not note(ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])) then return -9 end
  end
  local id = redis.call('XADD', journal, '*', name, 'c' .. after .. packed(), 'x', names)
  cover(list, id)
  local hasMarks = redis.call('EXISTS', row) == 1
  redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from + 3, to))
  setNulls(ARGV[from + 1])
  if hasMarks then
    redis.call('HDEL', row, 'f', 'w')
    redis.call('PERSIST', row)
  end
  return tonumber(after)
end
local replies = eachRow(2, one)
counted()
return replies
