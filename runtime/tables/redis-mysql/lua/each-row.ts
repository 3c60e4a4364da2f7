import { type Script, script } from "./script.ts";

/*
 * Every function here changes many rows, one after another, and answers a list: for each row its new version, or one of
 * `refusal`, or an error; one that fails does not stop the others.
 *
 *     KEYS  row, journal, row, journal ...
 *     ARGV  1 most entries of a journal, then what else the function has in common for all
 *           then for each row: how many arguments follow; those
 *
 * In a function's body a row's arguments are ARGV[from] to ARGV[to]. All that change rows, but for `change` and
 * `createNumbered`, begin them with these three; `create` has its unique values before them:
 *
 *     from      version expected, or ""
 *     from + 1  fields that become null, and after ";" fields that are set and may have been null: "3,5;7", or ""
 *     from + 2  indexes touched, as "guild=2;guild_level=2,3;", or ""
 *     from + 3  field, text, field, text ...
 *
 * In a row, "v" has the version; behind it "@" and the id of the last change that MySQL does not have; before it "-" when
 * there is no such row. A field that is null is there as "n" and its name. One that is there in neither way was not known
 * to the process that put the row into the cache: what it is, MySQL knows.
 *
 * An entry of the journal has as its first field the row's table and key ("hero:42"), whose value is the operation ("c"
 * created, "s" set, "d" deleted), the version after it, and the fields that it set, each followed by its text, in
 * MessagePack: one value is faster to write and to read than many. Then may follow "x", names of the overlays that it
 * touched, and "z", fields that became null.
 */

/**
 * A function that does the same with each row.
 *
 * @param shared what does not depend on the row
 * @param last what is done once, after all rows
 * @param commonCount arguments that all rows have in common
 */
export function eachRow(body: readonly string[], { shared = "", last = "", commonCount = 1 } = {}): Script {
  return script(
    shared,
    `
local limit, lengths = tonumber(ARGV[1]), {}
local function one(row, journal, from, to)
`,
    ...body,
    `
end
local replies, at = {}, ${commonCount + 1}
for key = 1, #KEYS, 2 do
  local to = at + ARGV[at]
  local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
  if not ok and type(reply) == 'string' then reply = {err = reply} end
  replies[#replies + 1] = reply
  at = to + 1
end
`,
    last,
    "return replies",
  );
}

/** What all have: names of the row, and the parts of its "v". */
export const begin = `
local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
local v = redis.call('HGET', row, 'v')
`;

/** Checks of a row that must be there; leaves its version, and where its "@" is. */
export const present = `${begin}
if not v then return -1 end
if string.byte(v) == 45 then return -2 end
local at = string.find(v, '@', 2, true)
local version = at and string.sub(v, 1, at - 1) or v
`;

export const expected = `
if ARGV[from] ~= '' and ARGV[from] ~= version then return -3 end
`;

/** The last check: what follows it writes one entry. */
export const room = `
local length = lengths[journal] or redis.call('XLEN', journal)
if length >= limit then return -6 end
lengths[journal] = length + 1
local after = tostring(version + 1)
`;

/**
 * Overlays: which rows enter and leave which index values. \`overlays(before, after)\` gives their names with the member's
 * sign, and all names in one text for the journal; \`cover(list, id)\` writes them. \`before\` and \`after\` tell a field's
 * text, nil for null; nil in their place means there is no row. \`incomplete\` is true when a field is not known.
 *
 * Overlays are not among KEYS. On a cluster one may be at another server while its slot is moved: \`overlays\` finds that out,
 * before anything is written.
 */
export const overlays = `
local incomplete, places = false, {}
local function named(fields, texts)
  if not texts then return nil end
  local name = ''
  for field in string.gmatch(fields, '%d+') do
    local text = texts(field)
    name = name .. (text and #text .. ':' .. text or '-')
  end
  return name
end
local function overlays(before, after)
  local list, names = {}, ''
  local owner = string.match(name, '^[^:]+')
  for index, fields in string.gmatch(ARGV[from + 2], '([^=;]+)=([^;]*);') do
    local old, new = named(fields, before), named(fields, after)
    if old ~= new then
      if old then list[#list + 1] = {owner .. ':' .. index .. ':' .. old, '-'} end
      if new then list[#list + 1] = {owner .. ':' .. index .. ':' .. new, '+'} end
    end
  end
  local base = string.sub(journal, 1, -2) .. 'i:'
  for at, one in ipairs(list) do
    names = names .. #one[1] .. ':' .. one[1]
    places[at] = base .. one[1]
  end
  -- While a slot moves, this fails unless all are here; several keys at a time, as one alone may be at the other server too.
  if #list > 0 then redis.call('EXISTS', row, unpack(places)) end
  return list, names
end
local function cover(list, id)
  local key = string.match(name, ':(.*)')
  for at, one in ipairs(list) do redis.call('HSET', places[at], key, one[2] .. id) end
end
local function stored(field)
  local text = redis.call('HGET', row, field)
  if text then return text end
  if redis.call('HEXISTS', row, 'n' .. field) == 0 then incomplete = true end
end
local function packed()
  if to < from + 3 then return '' end
  return cmsgpack.pack(unpack(ARGV, from + 3, to))
end
local function eachOf(fields, act)
  for field in string.gmatch(fields, '[^,]+') do act(field) end
end
local function setNulls(fields)
  eachOf(fields, function(field) redis.call('HSET', row, 'n' .. field, '') end)
end
local function given()
  local map = {}
  for at = from + 3, to, 2 do map[ARGV[at]] = ARGV[at + 1] end
  return map
end
`;
