import { eachRow, expected, overlays, present, room } from "./each-row.ts";
import { empty, type Script } from "./script.ts";

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
