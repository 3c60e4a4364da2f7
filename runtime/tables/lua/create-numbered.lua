-- Creates rows whose key is the next number of the table, and whose unique values are certainly new. For a single server
-- only, which has all shards, because the number decides the row's shard. KEYS for each row twice the table's sequence
-- (`parts/range.lua`). The arguments of a row are few and already encoded, because this script runs for every create.
--
--     ARGV  2 number of shards    3 prefix of all keys      4 table and ":"   5 FNV-1a of that, as a signed number
--           6 field of the key    7 greatest number         8 overlay of all rows, as the journal names it
--
--     from      fields that are null: "3,5", or ""
--     from + 1  number of indexes; for each index the name of its overlay, and for a unique value the head of its filter and
--               two hashes, else "", "", ""
--     then      field, text, field, text ... without the key's
--
-- Answers the number of each row, or -9 or -10 of `row-refusal.ts`.
--#include "parts/each-row.lua"
--#include "parts/note-values.lua"
local life = readClock().life
--#include "parts/range.lua"
local number, granted = tonumber(head[1] or '0'), math.min(tonumber(head[2] or '0'), tonumber(ARGV[7]))
local shards, bases = tonumber(ARGV[2]), {}
local bxor, lshift, rshift, tobit, byte = bit.bxor, bit.lshift, bit.rshift, bit.tobit, string.byte
local function basesOf(key)
  local hash = tonumber(ARGV[5])
  for at = 1, #key do
    hash = bxor(hash, byte(key, at))
    -- Multiplies by 16,777,619 in two parts that a double holds exactly.
    hash = tobit(hash * 403 + lshift(hash, 24))
  end
  hash = bxor(hash, rshift(hash, 16)) % 4294967296 % shards
  if not bases[hash] then bases[hash] = ARGV[3] .. ':{s' .. string.format('%.0f', hash) .. '}:' end
  return bases[hash]
end
local function one(row, journal, from, to)
  if not isGood or number >= granted then return -10 end
  -- Also counted when the row's shard is full, because the shard of the next number may have room.
  number = number + 1
  local key = string.format('%.0f', number)
  local shard, own = basesOf(key), ARGV[4] .. key
  local journal, row = shard .. 'j', shard .. 'r:' .. own
  -- A read may have opened a fill for the row before it existed, or the row was inserted by hand.
  local wasSought = redis.call('EXISTS', row) == 1
  if wasSought and string.byte(redis.call('HGET', row, 'v') or '-') ~= 45 then return -10 end
  local version = 0
  --#include "parts/room.lua"
  local first = from + 2
  local fields = first + 4 * tonumber(ARGV[from + 1])
  for at = first, fields - 4, 4 do
    if ARGV[at + 1] ~= '' and not note(ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])) then
      number = number - 1
      return -9
    end
  end
  local names = ARGV[8]
  for at = first, fields - 4, 4 do names = names .. #ARGV[at] .. ':' .. ARGV[at] end
  local id = redis.call('XADD', journal, '*', own, 'c1' .. cmsgpack.pack(ARGV[6], key, unpack(ARGV, fields, to)), 'x', names)
  local base, sign = shard .. 'i:', '+' .. id
  redis.call('HSET', base .. ARGV[4] .. '*:', key, sign)
  for at = first, fields - 4, 4 do redis.call('HSET', base .. ARGV[at], key, sign) end
  redis.call('HSET', row, 'v', '1@' .. id, ARGV[6], key, unpack(ARGV, fields, to))
  if ARGV[from] ~= '' then
    for field in string.gmatch(ARGV[from], '[^,]+') do redis.call('HSET', row, 'n' .. field, '') end
  end
  if wasSought then
    redis.call('HDEL', row, 'f', 'w')
    redis.call('PERSIST', row)
  end
  return number
end
local replies = eachRow(9, one)
if isGood and number > tonumber(head[1]) then redis.call('HSET', KEYS[1], 'n', string.format('%.0f', number)) end
counted()
return replies
