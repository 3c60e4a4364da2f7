import { begin, eachRow, overlays, room } from "./each-row.ts";
import { holder } from "./hold.ts";
import { overlayBases } from "./journal.ts";
import { life, type Script } from "./script.ts";

/**
 * Creates a row. In the place of the expected version stands its first one, if the key's last one is not known; 1 says that
 * the key was never used, so that MySQL need not be asked.
 */
export const create: Script = eachRow([
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
]);

/**
 * Creates a row with unique values that MySQL does not have, without a hold: nothing comes between the last look and the
 * write. Of one server only, which has all shards. A value is free when nobody holds it, when no shard has an overlay of it,
 * and when none has left an overlay since before MySQL was asked: what is not covered then was in MySQL at that time.
 *
 *     ARGV  2 how many shards there are   3 what all keys begin with   4 key of what has left the overlays (`leave`)
 *
 * A row's arguments, which are as few and as ready as may be: this is what a create waits for.
 *
 *     from      first version, as of `create`
 *     from + 1  fields that are null: "3,5", or ""
 *     from + 2  life of the server and count of what had left the overlays before MySQL was asked: "4c1f...:17"
 *     from + 3  how many overlays the row has; for each its name, and when it is of a unique value: the key of the holds of
 *               its shard, and its slot; else "", ""
 *     then      field, text, field, text ...
 *
 * Answers the version, or -9 when a value may be another's, or -10 when MySQL must be asked again; in a list, with the life
 * and the count as they are now.
 */
export const createUnique: Script = eachRow(
  [
    `
local head = redis.call('HMGET', row, 'v', 'f', 'w', 'x')
local v = head[1]
if v and string.byte(v) ~= 45 then return -4 end
if not v and ARGV[from] ~= '1' then return -1 end
if life == '' then return {-9, seen} end
local heard, count = string.match(ARGV[from + 2], '^(.*):(%d+)$')
if heard ~= life then return {-10, seen} end
count = tonumber(count)
if any > count then return {-10, seen} end
local first = from + 4
local fields = first + 3 * tonumber(ARGV[from + 3])
for at = first, fields - 3, 3 do
  local holds = ARGV[at + 1]
  if holds ~= '' then
    local value = ARGV[at]
    local owner, stop = holderOf(holds, value)
    if owner and stop > now then return {-9, seen} end
    for shard, base in ipairs(bases) do places[shard] = base .. value end
    if redis.call('EXISTS', unpack(places)) > 0 then return {-9, seen} end
    local left = redis.call('HGET', settled, ARGV[at + 2])
    if left and tonumber(left) > count then return {-10, seen} end
  end
end
local version = v and string.match(v, '%d+') or '0'
if version == '0' then version = tonumber(ARGV[from]) - 1 end
`,
    room,
    `
local names = ''
for at = first, fields - 3, 3 do names = names .. #ARGV[at] .. ':' .. ARGV[at] end
local start = string.find(row, ':r:', 1, true) + 3
local id = redis.call('XADD', journal, '*', string.sub(row, start), 'c' .. after .. cmsgpack.pack(unpack(ARGV, fields, to)), 'x', names)
local base, key = string.sub(journal, 1, -2) .. 'i:', string.sub(row, string.find(row, ':', start, true) + 1)
local sign = '+' .. id
for at = first, fields - 3, 3 do redis.call('HSET', base .. ARGV[at], key, sign) end
redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, fields, to))
if ARGV[from + 1] ~= '' then
  for field in string.gmatch(ARGV[from + 1], '[^,]+') do redis.call('HSET', row, 'n' .. field, '') end
end
if v or head[2] or head[3] or head[4] then
  redis.call('HDEL', row, 'f', 'w')
  redis.call('PERSIST', row)
end
return {tonumber(after), seen}
`,
  ],
  `
${life}
${holder}
local settled = ARGV[4]
local counts = redis.call('HMGET', settled, 'n', 'any')
local seen, any = life .. ':' .. (counts[1] or '0'), tonumber(counts[2] or '0')
local places = {}
${overlayBases("ARGV[2]", "ARGV[3]")}
`,
  4,
);
