import { type Script, script } from "./script.ts";

/*
 * Every function that changes a row has these keys and arguments:
 *
 *     KEYS  row, journal
 *     ARGV  1 most entries of the journal   2 version expected, or ""   3 fields that become null, as "3,5", or ""
 *           4 indexes touched, as "guild=2?;guild_level=2?,3;", or "" ("?" follows a field that may be null)
 *           5 ... field, text, field, text ...
 *
 * In a row, "v" has the version; behind it "@" and the id of the last change that MySQL does not have; before it "-" when
 * there is no such row. An entry of the journal has as its first field the row's table and key ("hero:42"), whose value is
 * the operation ("c" created, "s" set, "d" deleted), the version after it, and the fields that it set, each followed by its
 * text, in MessagePack: one value is faster to write and to read than many. Then may follow "x", names of the overlays that
 * it touched, and "z", fields that became null.
 */

/** What all have: names of the row, and the parts of its "v". */
const begin = `
local row, journal = KEYS[1], KEYS[2]
local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
local v = redis.call('HGET', row, 'v')
`;

/** Checks of a row that must be there; leaves its version, and where its "@" is. */
const present = `${begin}
if not v then return -1 end
if string.byte(v) == 45 then return -2 end
local at = string.find(v, '@', 2, true)
local version = at and string.sub(v, 1, at - 1) or v
`;

const expected = `
if ARGV[2] ~= '' and ARGV[2] ~= version then return -3 end
`;

const room = `
if redis.call('XLEN', journal) >= tonumber(ARGV[1]) then return -6 end
local after = tostring(version + 1)
`;

/**
 * Overlays: which rows enter and leave which index values. \`overlays(before, after)\` gives their names with the member's
 * sign, and all names in one text for the journal; \`cover(list, id)\` writes them. \`before\` and \`after\` tell a field's
 * text; nil means there is no row. \`incomplete\` is true when a text is missing that cannot be null.
 */
const overlays = `
local incomplete = false
local function named(fields, texts)
  if not texts then return nil end
  local name = ''
  for field, null in string.gmatch(fields, '(%d+)(%??)') do
    local text = texts(field)
    if text then name = name .. #text .. ':' .. text else
      name = name .. '-'
      if null == '' then incomplete = true end
    end
  end
  return name
end
local function overlays(before, after)
  local list, names = {}, ''
  local owner = string.match(name, '^[^:]+')
  for index, fields in string.gmatch(ARGV[4], '([^=;]+)=([^;]*);') do
    local from, to = named(fields, before), named(fields, after)
    if from ~= to then
      if from then list[#list + 1] = {owner .. ':' .. index .. ':' .. from, '-'} end
      if to then list[#list + 1] = {owner .. ':' .. index .. ':' .. to, '+'} end
    end
  end
  for _, one in ipairs(list) do names = names .. #one[1] .. ':' .. one[1] end
  return list, names
end
local function cover(list, id)
  local base, key = string.sub(journal, 1, -2) .. 'i:', string.match(name, ':(.*)')
  for _, one in ipairs(list) do redis.call('HSET', base .. one[1], key, one[2] .. id) end
end
local function stored(field)
  return redis.call('HGET', row, field)
end
local function packed()
  if #ARGV < 5 then return '' end
  return cmsgpack.pack(unpack(ARGV, 5))
end
local function given()
  local map = {}
  for at = 5, #ARGV, 2 do map[ARGV[at]] = ARGV[at + 1] end
  return map
end
`;

/** Sets fields of a row, none of them to null or of an index, whatever its version is. ARGV 2 ... field, text. */
export const change: Script = script(
  present,
  room,
  `
local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(unpack(ARGV, 2)))
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, 2))
if not at then redis.call('PERSIST', row) end
return tonumber(after)
`,
);

/** Sets any fields of a row; answers its new version. */
export const changeAny: Script = script(
  present,
  expected,
  room,
  overlays,
  `
local set, gone = given(), {}
for field in string.gmatch(ARGV[3], '[^,]+') do gone[field] = true end
local list, names = overlays(stored, function(field)
  if gone[field] then return nil end
  return set[field] or stored(field)
end)
if incomplete then return -8 end
local id = redis.call('XADD', journal, '*', name, 's' .. after .. packed(), 'x', names, 'z', ARGV[3])
cover(list, id)
for field in pairs(gone) do redis.call('HDEL', row, field) end
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, 5))
if not at then redis.call('PERSIST', row) end
return tonumber(after)
`,
);

/** Creates a row. An argument 2 of "1" says that the key was never used, so that MySQL need not be asked. */
export const create: Script = script(
  begin,
  `
if v and string.byte(v) ~= 45 then return -4 end
if not v and ARGV[2] ~= '1' then return -1 end
local version = v and string.match(v, '%d+') or '0'
`,
  room,
  overlays,
  `
local set = given()
local list, names = overlays(nil, function(field) return set[field] end)
local id = redis.call('XADD', journal, '*', name, 'c' .. after .. packed(), 'x', names)
cover(list, id)
redis.call('DEL', row)
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, 5))
return tonumber(after)
`,
);

/** Removes a row; what remains says that there is none, and its version, until MySQL knows it. */
export const remove: Script = script(
  present,
  expected,
  room,
  overlays,
  `
local list, names = overlays(stored, nil)
if incomplete then return -8 end
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

/** Sums of decimal texts of any length: Lua's own numbers are exact to 2^53 only. */
const decimals = `
local function limbs(text)
  local list, at = {}, #text
  while at > 0 do
    list[#list + 1] = tonumber(string.sub(text, math.max(1, at - 6), at))
    at = at - 7
  end
  return list
end
local function signed(text)
  if string.sub(text, 1, 1) == '-' then return -1, limbs(string.sub(text, 2)) end
  return 1, limbs(text)
end
local function sum(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x > -4e15 and x < 4e15 and y > -4e15 and y < 4e15 then return string.format('%.0f', x + y) end
  local s, p = signed(a)
  local t, q = signed(b)
  local list, sign = {}, 1
  for at = 1, math.max(#p, #q) do list[at] = s * (p[at] or 0) + t * (q[at] or 0) end
  for at = #list, 1, -1 do
    if list[at] ~= 0 then
      if list[at] < 0 then sign = -1 end
      break
    end
  end
  local text, carry = '', 0
  for at = 1, #list do
    local limb = list[at] * sign + carry
    carry = math.floor(limb / 1e7)
    text = string.format('%07d', limb - carry * 1e7) .. text
  end
  if carry > 0 then text = string.format('%d', carry) .. text end
  text = string.gsub(text, '^0+', '')
  if text == '' then return '0' end
  if sign < 0 then return '-' .. text end
  return text
end
local function less(a, b)
  local m, n = string.sub(a, 1, 1) == '-', string.sub(b, 1, 1) == '-'
  if m ~= n then return m end
  if #a ~= #b then return (#a < #b) ~= m end
  return a ~= b and (a < b) ~= m
end
`;

/**
 * Adds to a column. Arguments from 5 on: field; kind of number (i whole, d double, f single precision); change; least;
 * most; "?" when it may be null. Answers the sum as a text.
 */
export const add: Script = script(
  present,
  overlays,
  decimals,
  `
local field, kind, least, most = ARGV[5], ARGV[6], ARGV[8], ARGV[9]
local now = stored(field)
if not now then
  if ARGV[10] == '?' then return -7 end
  return -8
end
local total
if kind == 'i' then
  total = sum(now, ARGV[7])
  if less(total, least) or less(most, total) then return -5 end
else
  local real = tonumber(now) + tonumber(ARGV[7])
  if kind == 'f' then real = struct.unpack('f', struct.pack('f', real)) end
  if real ~= real or real - real ~= 0 then return -5 end
  if least ~= '' and real < tonumber(least) or most ~= '' and real > tonumber(most) then return -5 end
  total = string.format('%.17g', real + 0)
end
`,
  room,
  `
local list, names = {}, ''
if ARGV[4] ~= '' then
  list, names = overlays(stored, function(other)
    if other == field then return total end
    return stored(other)
  end)
  if incomplete then return -8 end
end
local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(field, total), 'x', names)
cover(list, id)
redis.call('HSET', row, 'v', after .. '@' .. id, field, total)
if not at then redis.call('PERSIST', row) end
return total
`,
);
