-- Creates rows of one table whose key is the next number, and whose unique values are certainly new. Of one server only, which
-- has all shards: a row's shard comes from its number. KEYS for each row twice the sequence of the table (`parts/range.lua`); a
-- row's arguments are as few and as ready as may be.
--
--     ARGV  2 how many shards   3 what all keys begin with   4 table and ":"   5 FNV-1a of that, as a signed number
--           6 the key's field   7 the greatest number   8 the overlay of all rows, as the journal names it
--
--     from      fields that are null: "3,5", or ""
--     from + 1  how many indexes; for each the name of its overlay, and when the value is unique: the head of its filter and
--               two hashes, else "", "", ""
--     then      field, text, field, text ... without the key's
--
-- Answers the number of each row; or -9, or -10, of `row-refusal.ts`.
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
    -- Times 16,777,619, in two parts that are exact.
    hash = tobit(hash * 403 + lshift(hash, 24))
  end
  hash = bxor(hash, rshift(hash, 16)) % 4294967296 % shards
  if not bases[hash] then bases[hash] = ARGV[3] .. ':{s' .. string.format('%.0f', hash) .. '}:' end
  return bases[hash]
end
local function one(row, journal, from, to)
  if not isGood or number >= granted then return -10 end
  -- Also when the row is refused as its shard has no room: the next one's shard may have some.
  number = number + 1
  local key = string.format('%.0f', number)
  local shard, own = basesOf(key), ARGV[4] .. key
  local journal, row = shard .. 'j', shard .. 'r:' .. own
  -- Somebody may have looked for the row before it was there; or it is there, inserted by hand.
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
