import { begin, eachRow, expected, overlays, present, room } from "./each-row.ts";
import { type Script, script } from "./script.ts";

/** Sets fields, none of them to null or of an index, whatever the version is. Arguments: field, text, field, text ... */
export const change: Script = eachRow(
  present,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(unpack(ARGV, from, to)))
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from, to))
if not at then redis.call('PERSIST', row) end
return tonumber(after)
`,
);

/** Sets any fields. */
export const changeAny: Script = eachRow(
  present,
  expected,
  overlays,
  `
local set, gone = given(), {}
for field in string.gmatch(ARGV[from + 1], '[^,]+') do gone[field] = true end
local list, names = overlays(stored, function(field)
  if gone[field] then return nil end
  return set[field] or stored(field)
end)
if incomplete then return -8 end
`,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 's' .. after .. packed(), 'x', names, 'z', ARGV[from + 1])
cover(list, id)
for field in pairs(gone) do redis.call('HDEL', row, field) end
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from + 3, to))
if not at then redis.call('PERSIST', row) end
return tonumber(after)
`,
);

/** Creates a row. "1" for the expected version says that the key was never used, so that MySQL need not be asked. */
export const create: Script = eachRow(
  begin,
  `
if v and string.byte(v) ~= 45 then return -4 end
if not v and ARGV[from] ~= '1' then return -1 end
local version = v and string.match(v, '%d+') or '0'
`,
  overlays,
  `
local set = given()
local list, names = overlays(nil, function(field) return set[field] end)
`,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 'c' .. after .. packed(), 'x', names)
cover(list, id)
redis.call('DEL', row)
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from + 3, to))
return tonumber(after)
`,
);

/** Removes a row; what remains says that there is none, and its version, until MySQL knows it. */
export const remove: Script = eachRow(
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
redis.call('DEL', row)
redis.call('HSET', row, 'v', '-' .. after .. '@' .. id)
return tonumber(after)
`,
);

/** Gives a row the fields that it lacks: a column that came after it was cached. KEYS row; ARGV field, text, field, text ... */
export const complete: Script = script(`
local v = redis.call('HGET', KEYS[1], 'v')
if not v or string.byte(v) == 45 then return 0 end
for at = 1, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[at], ARGV[at + 1]) end
return 1
`);
