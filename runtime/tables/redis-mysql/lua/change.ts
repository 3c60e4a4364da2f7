import { notes } from "./bloom.ts";
import { begin, eachRow, expected, overlays, present, room } from "./each-row.ts";
import { empty, type Script } from "./script.ts";

/**
 * Creates a row. Its arguments begin with its unique values, which must be certainly new by the Bloom filters of their indexes,
 * or else be held by the caller and left out here:
 *
 *     from      how many values; for each the head of its index's filter, and two hashes
 *
 * Then follow those of all functions that change rows. In the place of the expected version stands the row's first one, if
 * the key's last one is not known; 1 says that the key was never used, so that MySQL need not be asked.
 */
export const create: Script = eachRow(
  [
    `
local values = from
from = from + 1 + 3 * tonumber(ARGV[from])
`,
    begin,
    `
if v and string.byte(v) ~= 45 then return -4 end
if not v and ARGV[from] ~= '1' then return -1 end
local version = v and string.match(v, '%d+') or '0'
if version == '0' then version = tostring(tonumber(ARGV[from]) - 1) end
`,
    overlays,
    `
local set = given()
local list, names = overlays(nil, function(field) return set[field] end)
`,
    room,
    `
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
`,
  ],
  { shared: notes, last: "counted()" },
);

/** Sets fields that cannot be null and are of no index, whatever the version is. Arguments: field, text, field, text ... */
export const change: Script = eachRow([
  present,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(unpack(ARGV, from, to)))
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from, to))
if not at then redis.call('PERSIST', row) end
return tonumber(after)
`,
]);

/** Sets any fields. */
export const changeAny: Script = eachRow([
  present,
  expected,
  overlays,
  `
local set, gone = given(), {}
local nulls, filled = string.match(ARGV[from + 1], '^([^;]*);?(.*)$')
eachOf(nulls, function(field) gone[field] = true end)
local list, names = overlays(stored, function(field)
  if gone[field] then return nil end
  return set[field] or stored(field)
end)
if incomplete then return -8 end
`,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 's' .. after .. packed(), 'x', names, 'z', nulls)
cover(list, id)
eachOf(nulls, function(field) redis.call('HDEL', row, field) end)
eachOf(filled, function(field) redis.call('HDEL', row, 'n' .. field) end)
setNulls(nulls)
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from + 3, to))
if not at then redis.call('PERSIST', row) end
return tonumber(after)
`,
]);

/**
 * Removes a row; what remains says that there is none, and its version, until MySQL knows it; and that an earlier change was
 * refused, until its letter is closed.
 */
export const remove: Script = eachRow([
  empty,
  present,
  expected,
  overlays,
  `
local list, names = overlays(stored, nil)
if incomplete then return -8 end
`,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 'd' .. after, 'x', names)
cover(list, id)
local refused = redis.call('HGET', row, 'x')
empty(row, 'v', '-' .. after .. '@' .. id)
if refused then redis.call('HSET', row, 'x', refused) end
return tonumber(after)
`,
]);
