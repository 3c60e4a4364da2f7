import { type Script, script } from "./script.ts";

/*
 * Every function that changes a row has these keys and arguments:
 *
 *     KEYS  row, journal
 *     ARGV  1 most entries of the journal   2 table   3 key   4 version expected, or ""
 *           5 columns that become null, as "3,5", or ""   6 indexes touched, as "guild=2;guild_level=2,3;", or ""
 *           7 ... column, text, column, text ...
 *
 * One entry of the journal: t table, k key, o operation (c create, d delete; none is a set), v version after it, z columns that
 * became null, x names of the overlays it touched, then the columns that changed.
 */

/** Checks of a row that must be there; leaves its version in `v`. */
const present = `
local row, journal = KEYS[1], KEYS[2]
local head = redis.call('HMGET', row, 'v', 'n', 'd')
local v = head[1]
if not v then return -1 end
if head[2] then return -2 end
if ARGV[4] ~= '' and ARGV[4] ~= v then return -3 end
`;

const room = `
if redis.call('XLEN', journal) >= tonumber(ARGV[1]) then return -6 end
`;

/**
 * Overlays: which rows enter and leave which index values. \`overlays(before, after)\` gives their names with the member's
 * sign, and all names in one text for the journal; \`cover(list, id)\` writes them. \`before\` and \`after\` tell a column's
 * text; nil means there is no row.
 */
const overlays = `
local function named(columns, texts)
  if not texts then return nil end
  local name = ''
  for column in string.gmatch(columns, '%d+') do
    local text = texts(column)
    if text then name = name .. #text .. ':' .. text else name = name .. '-' end
  end
  return name
end
local function overlays(before, after)
  local list, names = {}, ''
  for index, columns in string.gmatch(ARGV[6], '([^=;]+)=([^;]*);') do
    local from, to = named(columns, before), named(columns, after)
    if from ~= to then
      if from then list[#list + 1] = {ARGV[2] .. ':' .. index .. ':' .. from, '-'} end
      if to then list[#list + 1] = {ARGV[2] .. ':' .. index .. ':' .. to, '+'} end
    end
  end
  for _, one in ipairs(list) do names = names .. #one[1] .. ':' .. one[1] end
  return list, names
end
local function cover(list, id)
  local base = string.sub(journal, 1, -2) .. 'i:'
  for _, one in ipairs(list) do redis.call('HSET', base .. one[1], ARGV[3], one[2] .. id) end
end
local function stored(column)
  return redis.call('HGET', row, column)
end
local function given()
  local map = {}
  for at = 7, #ARGV, 2 do map[ARGV[at]] = ARGV[at + 1] end
  return map
end
`;

/** Sets columns of a row; answers its new version. No column of an index is among them. */
export const change: Script = script(
  present,
  room,
  `
local after = string.format('%.0f', v + 1)
local id
if ARGV[5] == '' then
  id = redis.call('XADD', journal, '*', 't', ARGV[2], 'k', ARGV[3], 'v', after, unpack(ARGV, 7))
else
  id = redis.call('XADD', journal, '*', 't', ARGV[2], 'k', ARGV[3], 'v', after, 'z', ARGV[5], unpack(ARGV, 7))
  for column in string.gmatch(ARGV[5], '%d+') do redis.call('HDEL', row, column) end
end
redis.call('HSET', row, 'v', after, 'd', id, unpack(ARGV, 7))
if not head[3] then redis.call('PERSIST', row) end
return tonumber(after)
`,
);

/** The same, with columns of indexes among them. */
export const changeIndexed: Script = script(
  present,
  room,
  overlays,
  `
local set, gone = given(), {}
for column in string.gmatch(ARGV[5], '%d+') do gone[column] = true end
local list, names = overlays(stored, function(column)
  if gone[column] then return nil end
  return set[column] or stored(column)
end)
local after = string.format('%.0f', v + 1)
local id = redis.call('XADD', journal, '*', 't', ARGV[2], 'k', ARGV[3], 'v', after, 'z', ARGV[5], 'x', names, unpack(ARGV, 7))
cover(list, id)
for column in pairs(gone) do redis.call('HDEL', row, column) end
redis.call('HSET', row, 'v', after, 'd', id, unpack(ARGV, 7))
if not head[3] then redis.call('PERSIST', row) end
return tonumber(after)
`,
);

/** Creates a row. An argument 4 of "1" says that the key was never used, so that MySQL need not be asked. */
export const create: Script = script(
  `
local row, journal = KEYS[1], KEYS[2]
local head = redis.call('HMGET', row, 'v', 'n')
if head[1] and not head[2] then return -4 end
if not head[1] and ARGV[4] ~= '1' then return -1 end
`,
  room,
  overlays,
  `
local set = given()
local list, names = overlays(nil, function(column) return set[column] end)
local after = string.format('%.0f', (head[1] or 0) + 1)
local id = redis.call('XADD', journal, '*', 't', ARGV[2], 'k', ARGV[3], 'o', 'c', 'v', after, 'x', names, unpack(ARGV, 7))
cover(list, id)
redis.call('DEL', row)
redis.call('HSET', row, 'v', after, 'd', id, unpack(ARGV, 7))
return tonumber(after)
`,
);

/** Removes a row; what remains says that there is none, and its version, until MySQL knows it. */
export const remove: Script = script(
  present,
  room,
  overlays,
  `
local list, names = overlays(stored, nil)
local after = string.format('%.0f', v + 1)
local id = redis.call('XADD', journal, '*', 't', ARGV[2], 'k', ARGV[3], 'o', 'd', 'v', after, 'x', names)
cover(list, id)
redis.call('DEL', row)
redis.call('HSET', row, 'n', '1', 'v', after, 'd', id)
return tonumber(after)
`,
);

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
 * Adds to a column. Arguments from 7 on: column; kind of number (i whole, d double, f single precision); change; least;
 * most. Answers the sum as a text.
 */
export const add: Script = script(
  present,
  overlays,
  decimals,
  `
local column, kind, least, most = ARGV[7], ARGV[8], ARGV[10], ARGV[11]
local now = stored(column)
if not now then return -7 end
local total
if kind == 'i' then
  total = sum(now, ARGV[9])
  if less(total, least) or less(most, total) then return -5 end
else
  local real = tonumber(now) + tonumber(ARGV[9])
  if kind == 'f' then real = struct.unpack('f', struct.pack('f', real)) end
  if real ~= real or real - real ~= 0 then return -5 end
  if least ~= '' and real < tonumber(least) or most ~= '' and real > tonumber(most) then return -5 end
  total = string.format('%.17g', real + 0)
end
`,
  room,
  `
local list, names = {}, ''
if ARGV[6] ~= '' then
  list, names = overlays(stored, function(other)
    if other == column then return total end
    return stored(other)
  end)
end
local after = string.format('%.0f', v + 1)
local id = redis.call('XADD', journal, '*', 't', ARGV[2], 'k', ARGV[3], 'v', after, 'x', names, column, total)
cover(list, id)
redis.call('HSET', row, 'v', after, 'd', id, column, total)
if not head[3] then redis.call('PERSIST', row) end
return total
`,
);
