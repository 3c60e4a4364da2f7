// Written by photinus codegen from the Lua scripts in the folder above; do not edit.

/** Takes a lease that nobody else has. KEYS lease; ARGV owner, milliseconds. Answers 1, or 0 while another has it. */
export const acquireLease = Object.freeze({
  sha: "1483b33f3d889c2317e9f510216a15cb7c62ddb7",
  appends: [],
  text: `#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
local owner, stop = ownerOf(KEYS[1])
if owner and owner ~= ARGV[1] and stop > now then return 0 end
redis.call('SET', KEYS[1], string.format('%s@%.0f', ARGV[1], now + ARGV[2]))
return 1`,
});

/**
 * Adds to a column; answers the sum as a text. After the first three arguments: field; kind of number (i whole, s whole of 32
 * bits with a sign, u without, d double, f single precision); change; least; most. What a process of a newer schema has put
 * beyond 32 bits is left as it is.
 */
export const addToColumn = Object.freeze({
  sha: "d57e5de1c9d8b3b3027d59680b69708d8516f3c7",
  appends: [],
  text: `local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
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
local function one(row, journal, from, to)
  local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
  local v = redis.call('HGET', row, 'v')
  if not v then return -1 end
  if string.byte(v) == 45 then return -2 end
  local at = string.find(v, '@', 2, true)
  local version = at and string.sub(v, 1, at - 1) or v
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
  local field, kind, delta = ARGV[from + 3], ARGV[from + 4], ARGV[from + 5]
  local least, most = ARGV[from + 6], ARGV[from + 7]
  local now = stored(field)
  if incomplete then return -8 end
  if not now then return -7 end
  local total
  if kind ~= 'd' and kind ~= 'f' then
    if kind == 's' and (less(now, '-2147483648') or less('2147483647', now)) then return -5 end
    if kind == 'u' and (less(now, '0') or less('4294967295', now)) then return -5 end
    total = sum(now, delta)
    if less(total, least) or less(most, total) then return -5 end
  else
    local real = tonumber(now) + tonumber(delta)
    if kind == 'f' then real = struct.unpack('f', struct.pack('f', real)) end
    if real ~= real or real - real ~= 0 then return -5 end
    if least ~= '' and real < tonumber(least) or most ~= '' and real > tonumber(most) then return -5 end
    total = string.format('%.17g', real + 0)
  end
  local list, names = {}, ''
  if ARGV[from + 2] ~= '' then
    list, names = overlays(stored, function(other)
      if other == field then return total end
      return stored(other)
    end)
    if incomplete then return -8 end
  end
  local length = lengths[journal] or redis.call('XLEN', journal)
  if length >= limit then return -6 end
  lengths[journal] = length + 1
  local after = tostring(version + 1)
  local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(field, total), 'x', names)
  cover(list, id)
  redis.call('HSET', row, 'v', after .. '@' .. id, field, total)
  if not at then redis.call('PERSIST', row) end
  return total
end
return eachRow(2, one)`,
});

/**
 * Begins to build a filter: from now on all functions note their values in it. KEYS head; ARGV builder, which is the name of its
 * bits too; how many bits; for how long it builds without a sign of life, milliseconds. Answers 0 while another builds, or none
 * may.
 */
export const beginFilter = Object.freeze({
  sha: "0a633785925ac5d47111973f2c7cbcd26b34495e",
  appends: ["life"],
  text: `local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
local function mayBuild(key)
  local head = redis.call('HMGET', key, 'life', 'builder', 'builderUntil', 'shut')
  if head[4] and tonumber(head[4]) > now then return false end
  return not (head[1] == life and head[2] and tonumber(head[3]) > now)
end
local key = KEYS[1]
if not mayBuild(key) then return 0 end
local head = redis.call('HMGET', key, 'life', 'until', 'full')
redis.call('SETBIT', key .. ':' .. ARGV[1], ARGV[2], 0)
redis.call('SETBIT', key .. ':' .. ARGV[1], 0, 1)
drop(key, 'next')
if head[1] ~= life or head[3] and tonumber(head[2]) <= now then
  drop(key, 'full')
  redis.call('HDEL', key, 'full', 'size', 'count')
end
redis.call('HSET', key, 'life', life, 'next', ARGV[1], 'nextSize', ARGV[2], 'nextCount', 0, 'builder', ARGV[1],
  'builderUntil', string.format('%.0f', now + ARGV[3]))
return 1`,
});

/** Begins a write-through: nobody reads the row from the cache until it is over. KEYS row; ARGV token, milliseconds at most. */
export const beginWrite = Object.freeze({
  sha: "43e3786c605917c95862676b5496f83cc056e156",
  appends: [],
  text: `#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function clean(row)
  local others = {}
  for _, field in ipairs(redis.call('HKEYS', row)) do
    if string.byte(field) ~= 119 then others[#others + 1] = field end
  end
  if #others > 0 then redis.call('HDEL', row, unpack(others)) end
end
local function latest(row)
  local all, last = redis.call('HGETALL', row), 0
  for at = 1, #all, 2 do
    if string.find(all[at], '^w.') then last = math.max(last, tonumber(all[at + 1])) end
  end
  if last > 0 then redis.call('HSET', row, 'w', string.format('%.0f', last)) else redis.call('HDEL', row, 'w') end
end
local stop = string.format('%.0f', now + ARGV[2])
redis.call('HSET', KEYS[1], 'w' .. ARGV[1], stop, 'w', stop)
clean(KEYS[1])
redis.call('PERSIST', KEYS[1])
return 1`,
});

/**
 * Keeps what MySQL refused. KEYS dead letters, row; ARGV id of the row's last change, then the letter's fields, t and k
 * first. The same refusal met again after a crash is kept once.
 */
export const buryChange = Object.freeze({
  sha: "deecab764b1ece4ce661575e2a4ef41842cf8f75",
  appends: [],
  text: `#!lua flags=allow-oom
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'x', ARGV[1]) end
for _, letter in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1000)) do
  if letter[2][2] == ARGV[1] and letter[2][4] == ARGV[3] and letter[2][6] == ARGV[5] then return 0 end
end
redis.call('XADD', KEYS[1], '*', 'd', unpack(ARGV))
return 1`,
});

/** Sets any fields. */
export const changeAny = Object.freeze({
  sha: "841387c6cb892ce2471791d1f3904e413a631862",
  appends: [],
  text: `local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
local function one(row, journal, from, to)
  local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
  local v = redis.call('HGET', row, 'v')
  if not v then return -1 end
  if string.byte(v) == 45 then return -2 end
  local at = string.find(v, '@', 2, true)
  local version = at and string.sub(v, 1, at - 1) or v
  if ARGV[from] ~= '' and ARGV[from] ~= version then return -3 end
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
  local set, gone = given(), {}
  local nulls, filled = string.match(ARGV[from + 1], '^([^;]*);?(.*)$')
  eachOf(nulls, function(field) gone[field] = true end)
  local list, names = overlays(stored, function(field)
    if gone[field] then return nil end
    return set[field] or stored(field)
  end)
  if incomplete then return -8 end
  local length = lengths[journal] or redis.call('XLEN', journal)
  if length >= limit then return -6 end
  lengths[journal] = length + 1
  local after = tostring(version + 1)
  local id = redis.call('XADD', journal, '*', name, 's' .. after .. packed(), 'x', names, 'z', nulls)
  cover(list, id)
  eachOf(nulls, function(field) redis.call('HDEL', row, field) end)
  eachOf(filled, function(field) redis.call('HDEL', row, 'n' .. field) end)
  setNulls(nulls)
  redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from + 3, to))
  if not at then redis.call('PERSIST', row) end
  return tonumber(after)
end
return eachRow(2, one)`,
});

/** Sets fields that cannot be null and are of no index, whatever the version is. Arguments: field, text, field, text ... */
export const changeRow = Object.freeze({
  sha: "359df5c685a203d39b779d2fef5e87472c3b2bbf",
  appends: [],
  text: `local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
local function one(row, journal, from, to)
  local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
  local v = redis.call('HGET', row, 'v')
  if not v then return -1 end
  if string.byte(v) == 45 then return -2 end
  local at = string.find(v, '@', 2, true)
  local version = at and string.sub(v, 1, at - 1) or v
  local length = lengths[journal] or redis.call('XLEN', journal)
  if length >= limit then return -6 end
  lengths[journal] = length + 1
  local after = tostring(version + 1)
  local id = redis.call('XADD', journal, '*', name, 's' .. after .. cmsgpack.pack(unpack(ARGV, from, to)))
  redis.call('HSET', row, 'v', after .. '@' .. id, unpack(ARGV, from, to))
  if not at then redis.call('PERSIST', row) end
  return tonumber(after)
end
return eachRow(2, one)`,
});

/**
 * Closes a letter whose row MySQL has by now, with its change or a later one. KEYS row, journal, dead letters; ARGV like
 * `journal-again`, then the letter's id. Answers 0 when it was closed already.
 */
export const closeDeadLetter = Object.freeze({
  sha: "1e6796609ec7302ccde860e663578677fc330b5f",
  appends: [],
  text: `#!lua flags=allow-oom
local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
local function signsOf(last)
  local owner, list, places, at = string.match(ARGV[1], ':(.*)'), {}, {}, 1
  local base = string.sub(KEYS[2], 1, -2) .. 'i:'
  while at <= #ARGV[3] do
    local colon = string.find(ARGV[3], ':', at, true)
    local stop = colon + tonumber(string.sub(ARGV[3], at, colon - 1))
    places[#places + 1] = base .. string.sub(ARGV[3], colon + 1, stop)
    at = stop + 1
  end
  if #places > 0 then redis.call('EXISTS', KEYS[1], unpack(places)) end
  for _, place in ipairs(places) do
    local sign = redis.call('HGET', place, owner)
    if sign and not (last and isLater(string.sub(sign, 2), last)) then list[#list + 1] = {place, string.sub(sign, 1, 1)} end
  end
  return list, owner
end
local function uncovered(last)
  local list, owner = signsOf(last)
  for _, one in ipairs(list) do redis.call('HDEL', one[1], owner) end
end
uncovered(ARGV[2])
return redis.call('XDEL', KEYS[3], ARGV[4])`,
});

/**
 * Gives a row columns that it lacks, unless they are there by now. KEYS row; ARGV token, then field, text ... Answers 0 when
 * the token is no longer good.
 */
export const completeRow = Object.freeze({
  sha: "717eb67f338d647e263eca8d5d3cd8bc0b06c0ba",
  appends: [],
  text: `#!lua flags=allow-oom
if redis.call('HGET', KEYS[1], 'f') ~= ARGV[1] then return 0 end
for at = 2, #ARGV, 2 do
  local field = string.match(ARGV[at], '^n?(.*)$')
  if redis.call('HEXISTS', KEYS[1], field) == 0 and redis.call('HEXISTS', KEYS[1], 'n' .. field) == 0 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  end
end
redis.call('HDEL', KEYS[1], 'f')
return 1`,
});

/**
 * Creates rows of one table whose key is the next number, and whose unique values are certainly new. Of one server only, which
 * has all shards: a row's shard comes from its number. KEYS for each row twice the sequence of the table (`parts/range.lua`); a
 * row's arguments are as few and as ready as may be.
 *
 *     ARGV  2 how many shards   3 what all keys begin with   4 table and ":"   5 FNV-1a of that, as a signed number
 *           6 the key's field   7 the greatest number   8 the overlay of all rows, as the journal names it
 *
 *     from      fields that are null: "3,5", or ""
 *     from + 1  how many indexes; for each the name of its overlay, and when the value is unique: the head of its filter and
 *               two hashes, else "", "", ""
 *     then      field, text, field, text ... without the key's
 *
 * Answers the number of each row; or -9, or -10, of `row-refusal.ts`.
 */
export const createNumbered = Object.freeze({
  sha: "5d40d6d1f765b8504edffd1daa8eb190a8849b45",
  appends: ["life"],
  text: `local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
local filters, clock = {}, nil
local function readClock()
  if clock then return clock end
  local life = ARGV[#ARGV]
  if life == '' then
    life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  clock = {life = life, now = now}
  return clock
end
local function filterOf(key)
  local filter = filters[key]
  if filter then return filter end
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'next', 'nextSize')
  filter = {count = 0, nextCount = 0}
  filters[key] = filter
  local clock = readClock()
  if head[1] ~= clock.life then return filter end
  if head[3] then filter.bits, filter.size = key .. ':' .. head[3], tonumber(head[4]) end
  if head[5] then filter.next, filter.nextSize = key .. ':' .. head[5], tonumber(head[6]) end
  filter.isGood = head[3] and tonumber(head[2]) > clock.now
  return filter
end
local function set(bits, size, a, b)
  local was = redis.call('BITFIELD', bits, 'GET', 'u1', '0', 'SET', 'u1', 1 + a % size, '1', 'SET', 'u1', 1 + (a + b) % size, '1',
    'SET', 'u1', 1 + (a + 2 * b) % size, '1', 'SET', 'u1', 1 + (a + 3 * b) % size, '1')
  return was[1] == 1, was[2] + was[3] + was[4] + was[5] < 4
end
local function note(key, a, b)
  local filter, isNew = filterOf(key), false
  if filter.bits then
    local isWhole, isAdded = set(filter.bits, filter.size, a, b)
    if isAdded then filter.count = filter.count + 1 end
    isNew = filter.isGood and isWhole and isAdded
  end
  if filter.next then
    local _, isAdded = set(filter.next, filter.nextSize, a, b)
    if isAdded then filter.nextCount = filter.nextCount + 1 end
  end
  return isNew
end
local function counted()
  for key, filter in pairs(filters) do
    if filter.count > 0 then redis.call('HINCRBY', key, 'count', filter.count) end
    if filter.nextCount > 0 then redis.call('HINCRBY', key, 'nextCount', filter.nextCount) end
  end
end
local life = readClock().life
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = head[3] == life
local number, granted = tonumber(head[1] or '0'), math.min(tonumber(head[2] or '0'), tonumber(ARGV[7]))
local shards, bases = tonumber(ARGV[2]), {}
local bxor, lshift, rshift, tobit, byte = bit.bxor, bit.lshift, bit.rshift, bit.tobit, string.byte
local function basesOf(key)
  local hash = tonumber(ARGV[5])
  for at = 1, #key do
    hash = bxor(hash, byte(key, at))
    hash = tobit(hash * 403 + lshift(hash, 24))
  end
  hash = bxor(hash, rshift(hash, 16)) % 4294967296 % shards
  if not bases[hash] then bases[hash] = ARGV[3] .. ':{s' .. string.format('%.0f', hash) .. '}:' end
  return bases[hash]
end
local function one(row, journal, from, to)
  if not isGood or number >= granted then return -10 end
  number = number + 1
  local key = string.format('%.0f', number)
  local shard, own = basesOf(key), ARGV[4] .. key
  local journal, row = shard .. 'j', shard .. 'r:' .. own
  local wasSought = redis.call('EXISTS', row) == 1
  if wasSought and string.byte(redis.call('HGET', row, 'v') or '-') ~= 45 then return -10 end
  local version = 0
  local length = lengths[journal] or redis.call('XLEN', journal)
  if length >= limit then return -6 end
  lengths[journal] = length + 1
  local after = tostring(version + 1)
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
return replies`,
});

/**
 * Creates a row. Its arguments begin with its unique values, which must be certainly new by the Bloom filters of their indexes,
 * or else be held by the caller and left out here:
 *
 *     from      how many values; for each the head of its index's filter, and two hashes
 *
 * Then follow those of all functions that change rows. In the place of the expected version stands the row's first one, if
 * the key's last one is not known; 1 says that the key was never used, so that MySQL need not be asked.
 */
export const createRow = Object.freeze({
  sha: "be97c983687eef2b0fe9743ab54b6193d7b7327f",
  appends: ["life"],
  text: `local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
local filters, clock = {}, nil
local function readClock()
  if clock then return clock end
  local life = ARGV[#ARGV]
  if life == '' then
    life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  clock = {life = life, now = now}
  return clock
end
local function filterOf(key)
  local filter = filters[key]
  if filter then return filter end
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'next', 'nextSize')
  filter = {count = 0, nextCount = 0}
  filters[key] = filter
  local clock = readClock()
  if head[1] ~= clock.life then return filter end
  if head[3] then filter.bits, filter.size = key .. ':' .. head[3], tonumber(head[4]) end
  if head[5] then filter.next, filter.nextSize = key .. ':' .. head[5], tonumber(head[6]) end
  filter.isGood = head[3] and tonumber(head[2]) > clock.now
  return filter
end
local function set(bits, size, a, b)
  local was = redis.call('BITFIELD', bits, 'GET', 'u1', '0', 'SET', 'u1', 1 + a % size, '1', 'SET', 'u1', 1 + (a + b) % size, '1',
    'SET', 'u1', 1 + (a + 2 * b) % size, '1', 'SET', 'u1', 1 + (a + 3 * b) % size, '1')
  return was[1] == 1, was[2] + was[3] + was[4] + was[5] < 4
end
local function note(key, a, b)
  local filter, isNew = filterOf(key), false
  if filter.bits then
    local isWhole, isAdded = set(filter.bits, filter.size, a, b)
    if isAdded then filter.count = filter.count + 1 end
    isNew = filter.isGood and isWhole and isAdded
  end
  if filter.next then
    local _, isAdded = set(filter.next, filter.nextSize, a, b)
    if isAdded then filter.nextCount = filter.nextCount + 1 end
  end
  return isNew
end
local function counted()
  for key, filter in pairs(filters) do
    if filter.count > 0 then redis.call('HINCRBY', key, 'count', filter.count) end
    if filter.nextCount > 0 then redis.call('HINCRBY', key, 'nextCount', filter.nextCount) end
  end
end
local function one(row, journal, from, to)
  local values = from
  from = from + 1 + 3 * tonumber(ARGV[from])
  local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
  local v = redis.call('HGET', row, 'v')
  if v and string.byte(v) ~= 45 then return -4 end
  if not v and ARGV[from] ~= '1' then return -1 end
  local version = v and string.match(v, '%d+') or '0'
  if version == '0' then version = tostring(tonumber(ARGV[from]) - 1) end
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
  local set = given()
  local list, names = overlays(nil, function(field) return set[field] end)
  local length = lengths[journal] or redis.call('XLEN', journal)
  if length >= limit then return -6 end
  lengths[journal] = length + 1
  local after = tostring(version + 1)
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
return replies`,
});

/**
 * Gives up what MySQL refused of a row: the cache reads it anew. KEYS and ARGV like `journal-again`. When a later change of the row waits,
 * which is of the whole row and may be refused too, that one decides.
 */
export const dropRow = Object.freeze({
  sha: "cd136cd9049fc7babc4313432bade539e46f632d",
  appends: [],
  text: `#!lua flags=allow-oom
local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
local function signsOf(last)
  local owner, list, places, at = string.match(ARGV[1], ':(.*)'), {}, {}, 1
  local base = string.sub(KEYS[2], 1, -2) .. 'i:'
  while at <= #ARGV[3] do
    local colon = string.find(ARGV[3], ':', at, true)
    local stop = colon + tonumber(string.sub(ARGV[3], at, colon - 1))
    places[#places + 1] = base .. string.sub(ARGV[3], colon + 1, stop)
    at = stop + 1
  end
  if #places > 0 then redis.call('EXISTS', KEYS[1], unpack(places)) end
  for _, place in ipairs(places) do
    local sign = redis.call('HGET', place, owner)
    if sign and not (last and isLater(string.sub(sign, 2), last)) then list[#list + 1] = {place, string.sub(sign, 1, 1)} end
  end
  return list, owner
end
local function journalled(version)
  local list, owner = signsOf()
  local id = redis.call('XADD', KEYS[2], '*', ARGV[1], 's' .. string.match(version, '%d+'), 'x', ARGV[3])
  for _, one in ipairs(list) do redis.call('HSET', one[1], owner, one[2] .. id) end
  redis.call('HSET', KEYS[1], 'v', version .. '@' .. id)
  redis.call('PERSIST', KEYS[1])
  return 1
end
local function uncovered(last)
  local list, owner = signsOf(last)
  for _, one in ipairs(list) do redis.call('HDEL', one[1], owner) end
end
local head = redis.call('HMGET', KEYS[1], 'v', 'x')
local version, id = string.match(head[1] or '', '^(-?%d+)@(.*)')
if id and id ~= head[2] then return journalled(version) end
uncovered(ARGV[2])
return redis.call('DEL', KEYS[1])`,
});

/**
 * Says that all values are there. KEYS head; ARGV builder, for how long the filter is good. Answers 0 when it builds no more, or
 * its bits have vanished.
 */
export const endFilter = Object.freeze({
  sha: "663208981a36326b27a0b70cb572a0026a93b0da",
  appends: ["life"],
  text: `local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
local key = KEYS[1]
local head = redis.call('HMGET', key, 'life', 'builder')
if head[1] ~= life or head[2] ~= ARGV[1] then return 0 end
if redis.call('GETBIT', key .. ':' .. ARGV[1], 0) == 0 then return 0 end
drop(key, 'full')
local next = redis.call('HMGET', key, 'nextSize', 'nextCount')
redis.call('HSET', key, 'full', ARGV[1], 'size', next[1], 'count', next[2], 'until', string.format('%.0f', now + ARGV[2]))
redis.call('HDEL', key, 'next', 'nextSize', 'nextCount', 'builder', 'builderUntil')
return 1`,
});

/** Ends it. What has come into the cache nevertheless leaves it. KEYS row; ARGV token. */
export const endWrite = Object.freeze({
  sha: "8d10857e1d7c984e741159093db470c46ce81c46",
  appends: [],
  text: `#!lua flags=allow-oom
local function clean(row)
  local others = {}
  for _, field in ipairs(redis.call('HKEYS', row)) do
    if string.byte(field) ~= 119 then others[#others + 1] = field end
  end
  if #others > 0 then redis.call('HDEL', row, unpack(others)) end
end
local function latest(row)
  local all, last = redis.call('HGETALL', row), 0
  for at = 1, #all, 2 do
    if string.find(all[at], '^w.') then last = math.max(last, tonumber(all[at + 1])) end
  end
  if last > 0 then redis.call('HSET', row, 'w', string.format('%.0f', last)) else redis.call('HDEL', row, 'w') end
end
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
clean(KEYS[1])
latest(KEYS[1])
return 1`,
});

/**
 * Looks for marks that are over in a part of the list. KEYS list; ARGV cursor of HSCAN. Answers the next cursor, "0" at the
 * end, then token, row, token, row ...
 */
export const endedMarks = Object.freeze({
  sha: "4eb78710e0dcc70ede2c5e29eb25484ec891bf62",
  appends: [],
  text: `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)
local found = {page[1]}
for at = 1, #page[2], 2 do
  local row, stop = string.match(page[2][at + 1], '^(.*)@(%d+)$')
  if tonumber(stop) <= now then
    found[#found + 1] = page[2][at]
    found[#found + 1] = row
  end
end
return found`,
});

/**
 * Notes values that were there before, or none, which is a sign of life. KEYS head; ARGV builder, milliseconds as above, then
 * two hashes for each. Answers 0 when it builds no more.
 */
export const fillFilter = Object.freeze({
  sha: "a26140d30b6872bedc57d1720bdacb38b65ba188",
  appends: ["life"],
  text: `local filters, clock = {}, nil
local function readClock()
  if clock then return clock end
  local life = ARGV[#ARGV]
  if life == '' then
    life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  clock = {life = life, now = now}
  return clock
end
local function filterOf(key)
  local filter = filters[key]
  if filter then return filter end
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'next', 'nextSize')
  filter = {count = 0, nextCount = 0}
  filters[key] = filter
  local clock = readClock()
  if head[1] ~= clock.life then return filter end
  if head[3] then filter.bits, filter.size = key .. ':' .. head[3], tonumber(head[4]) end
  if head[5] then filter.next, filter.nextSize = key .. ':' .. head[5], tonumber(head[6]) end
  filter.isGood = head[3] and tonumber(head[2]) > clock.now
  return filter
end
local function set(bits, size, a, b)
  local was = redis.call('BITFIELD', bits, 'GET', 'u1', '0', 'SET', 'u1', 1 + a % size, '1', 'SET', 'u1', 1 + (a + b) % size, '1',
    'SET', 'u1', 1 + (a + 2 * b) % size, '1', 'SET', 'u1', 1 + (a + 3 * b) % size, '1')
  return was[1] == 1, was[2] + was[3] + was[4] + was[5] < 4
end
local function note(key, a, b)
  local filter, isNew = filterOf(key), false
  if filter.bits then
    local isWhole, isAdded = set(filter.bits, filter.size, a, b)
    if isAdded then filter.count = filter.count + 1 end
    isNew = filter.isGood and isWhole and isAdded
  end
  if filter.next then
    local _, isAdded = set(filter.next, filter.nextSize, a, b)
    if isAdded then filter.nextCount = filter.nextCount + 1 end
  end
  return isNew
end
local function counted()
  for key, filter in pairs(filters) do
    if filter.count > 0 then redis.call('HINCRBY', key, 'count', filter.count) end
    if filter.nextCount > 0 then redis.call('HINCRBY', key, 'nextCount', filter.nextCount) end
  end
end
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
local key = KEYS[1]
local head = redis.call('HMGET', key, 'life', 'builder')
if head[1] ~= life or head[2] ~= ARGV[1] then return 0 end
redis.call('HSET', key, 'builderUntil', string.format('%.0f', now + ARGV[2]))
for at = 3, #ARGV - 1, 2 do note(key, tonumber(ARGV[at]), tonumber(ARGV[at + 1])) end
counted()
return 1`,
});

/**
 * Puts into the cache what MySQL has. KEYS rows; ARGV "1" when the rows are good for this life of the server only, else "0";
 * then for each row: token, time to live in milliseconds (0 for ever), how many arguments follow the version, version, then
 * field, text ...; the version of a row that is not there is "". Answers for each row 1, 0 when its token is no longer
 * good, or 2 when it is and Redis has no memory left.
 */
export const fillRows = Object.freeze({
  sha: "c808bfbb8750fdd9f94642baee050ca24db71656",
  appends: ["life"],
  text: `local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local isFull = false
local function put(...)
  if isFull then return false end
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return true end
  if string.sub(reply.err, 1, 3) ~= 'OOM' then error(reply) end
  isFull = true
  return false
end
local answers, at = {}, 2
for number, row in ipairs(KEYS) do
  local token, ttl, count, version = unpack(ARGV, at, at + 3)
  local last = at + 3 + tonumber(count)
  answers[number] = 0
  if redis.call('HGET', row, 'f') == token and string.sub(token, -#life - 1) == '@' .. life then
    local isPut
    if version == '' then isPut = put('HSET', row, 'v', '-0')
    else isPut = put('HSET', row, 'v', version, unpack(ARGV, at + 4, last)) end
    redis.call('HDEL', row, 'f', 'x')
    if isPut then
      if ARGV[1] == '1' then redis.call('HSET', row, 'e', life) end
      if ttl ~= '0' then redis.call('PEXPIRE', row, ttl) else redis.call('PERSIST', row) end
    end
    answers[number] = isPut and 1 or 2
  end
  at = last + 1
end
return answers`,
});

/**
 * Drops a row from the cache unless a change after a position waits for MySQL. KEYS row; ARGV milliseconds and count of the
 * position.
 */
export const forgetRow = Object.freeze({
  sha: "52091d51b0f3504c840608281778b667d5146e02",
  appends: [],
  text: `local v = redis.call('HGET', KEYS[1], 'v')
local time, count = string.match(v or '', '@(%d+)-(%d+)')
if time then
  time, count = tonumber(time), tonumber(count)
  if time > tonumber(ARGV[1]) or time == tonumber(ARGV[1]) and count > tonumber(ARGV[2]) then return 0 end
end
return redis.call('DEL', KEYS[1])`,
});

/** Takes a range that MySQL granted. ARGV number before its first, its last. */
export const grantNumbers = Object.freeze({
  sha: "9784f865a713a980f4ed4cde20fa8acf0dee0e51",
  appends: ["life"],
  text: `#!lua flags=allow-oom
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = head[3] == life
if not isGood or tonumber(ARGV[2]) > tonumber(head[2]) then
  redis.call('HSET', KEYS[1], 'n', ARGV[1], 'c', ARGV[2], 'e', life)
end
return 1`,
});

/**
 * Holds a value that nobody else holds, and notes it in its index's Bloom filter. KEYS holds of its shard; ARGV milliseconds,
 * value, token, then on one server the head of the filter and two hashes. Answers 1, also when the token held it already, or
 * 0 while another has it.
 */
export const holdValue = Object.freeze({
  sha: "4bae422d00dd1068b995eb43ce08de2a2063772c",
  appends: ["life"],
  text: `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holderOf(holds, value)
  local owner, stop = string.match(redis.call('HGET', holds, value) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
local filters, clock = {}, nil
local function readClock()
  if clock then return clock end
  local life = ARGV[#ARGV]
  if life == '' then
    life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  clock = {life = life, now = now}
  return clock
end
local function filterOf(key)
  local filter = filters[key]
  if filter then return filter end
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'next', 'nextSize')
  filter = {count = 0, nextCount = 0}
  filters[key] = filter
  local clock = readClock()
  if head[1] ~= clock.life then return filter end
  if head[3] then filter.bits, filter.size = key .. ':' .. head[3], tonumber(head[4]) end
  if head[5] then filter.next, filter.nextSize = key .. ':' .. head[5], tonumber(head[6]) end
  filter.isGood = head[3] and tonumber(head[2]) > clock.now
  return filter
end
local function set(bits, size, a, b)
  local was = redis.call('BITFIELD', bits, 'GET', 'u1', '0', 'SET', 'u1', 1 + a % size, '1', 'SET', 'u1', 1 + (a + b) % size, '1',
    'SET', 'u1', 1 + (a + 2 * b) % size, '1', 'SET', 'u1', 1 + (a + 3 * b) % size, '1')
  return was[1] == 1, was[2] + was[3] + was[4] + was[5] < 4
end
local function note(key, a, b)
  local filter, isNew = filterOf(key), false
  if filter.bits then
    local isWhole, isAdded = set(filter.bits, filter.size, a, b)
    if isAdded then filter.count = filter.count + 1 end
    isNew = filter.isGood and isWhole and isAdded
  end
  if filter.next then
    local _, isAdded = set(filter.next, filter.nextSize, a, b)
    if isAdded then filter.nextCount = filter.nextCount + 1 end
  end
  return isNew
end
local function counted()
  for key, filter in pairs(filters) do
    if filter.count > 0 then redis.call('HINCRBY', key, 'count', filter.count) end
    if filter.nextCount > 0 then redis.call('HINCRBY', key, 'nextCount', filter.nextCount) end
  end
end
local owner, stop = holderOf(KEYS[1], ARGV[2])
if owner and owner ~= ARGV[3] and stop > now then return 0 end
if #ARGV > 4 then
  note(ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]))
  counted()
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. string.format('@%.0f', now + ARGV[1]))
return 1`,
});

/**
 * Puts a row into the journal once more. KEYS row, journal; ARGV table and key ("hero:42"), the letter's last change, names of
 * its overlays. Answers 0 when the cache has lost it: then it is as MySQL has it.
 */
export const journalAgain = Object.freeze({
  sha: "514d6ba5eaac027fd8d6860da4208a2e643bc70f",
  appends: [],
  text: `local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
local function signsOf(last)
  local owner, list, places, at = string.match(ARGV[1], ':(.*)'), {}, {}, 1
  local base = string.sub(KEYS[2], 1, -2) .. 'i:'
  while at <= #ARGV[3] do
    local colon = string.find(ARGV[3], ':', at, true)
    local stop = colon + tonumber(string.sub(ARGV[3], at, colon - 1))
    places[#places + 1] = base .. string.sub(ARGV[3], colon + 1, stop)
    at = stop + 1
  end
  if #places > 0 then redis.call('EXISTS', KEYS[1], unpack(places)) end
  for _, place in ipairs(places) do
    local sign = redis.call('HGET', place, owner)
    if sign and not (last and isLater(string.sub(sign, 2), last)) then list[#list + 1] = {place, string.sub(sign, 1, 1)} end
  end
  return list, owner
end
local function journalled(version)
  local list, owner = signsOf()
  local id = redis.call('XADD', KEYS[2], '*', ARGV[1], 's' .. string.match(version, '%d+'), 'x', ARGV[3])
  for _, one in ipairs(list) do redis.call('HSET', one[1], owner, one[2] .. id) end
  redis.call('HSET', KEYS[1], 'v', version .. '@' .. id)
  redis.call('PERSIST', KEYS[1])
  return 1
end
local function uncovered(last)
  local list, owner = signsOf(last)
  for _, one in ipairs(list) do redis.call('HDEL', one[1], owner) end
end
local version = string.match(redis.call('HGET', KEYS[1], 'v') or '', '^-?%d+')
if version then return journalled(version) end
uncovered(ARGV[2])
return 0`,
});

/**
 * What a journal is at one moment. KEYS journal, lease; ARGV position, owner. Answers how many entries it ever had, and how
 * many of those that it has now come after the position; or false when the lease is not the owner's.
 */
export const journalFigures = Object.freeze({
  sha: "e6e09b627f2c05b58f6a3156815354a175cc8041",
  appends: [],
  text: `local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
if ownerOf(KEYS[2]) ~= ARGV[2] then return false end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
local info, added = redis.call('XINFO', 'STREAM', KEYS[1]), 0
for at = 1, #info, 2 do
  if info[at] == 'entries-added' then added = info[at + 1] end
end
local before = #redis.call('XRANGE', KEYS[1], '-', ARGV[1])
return {added, redis.call('XLEN', KEYS[1]) - before}`,
});

/**
 * Keeps filters good. KEYS heads; ARGV for how long, milliseconds; bits for each value. Answers for each a sum: 1 when it is good, 2 when one is to
 * be built, as it is not good or nearly full; not while somebody builds one, or none may be.
 */
export const keepFilters = Object.freeze({
  sha: "169c11a47e891aafa12321ec0e177b12d77add0a",
  appends: ["life"],
  text: `#!lua flags=allow-oom
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
local function mayBuild(key)
  local head = redis.call('HMGET', key, 'life', 'builder', 'builderUntil', 'shut')
  if head[4] and tonumber(head[4]) > now then return false end
  return not (head[1] == life and head[2] and tonumber(head[3]) > now)
end
local answers = {}
for at, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'count')
  local isGood = head[1] == life and head[3] and tonumber(head[2]) > now
    and redis.call('GETBIT', key .. ':' .. head[3], 0) == 1
  if isGood then redis.call('HSET', key, 'until', string.format('%.0f', now + ARGV[1])) end
  local isRoomy = isGood and tonumber(head[5]) * tonumber(ARGV[2]) < tonumber(head[4])
  answers[at] = (isGood and 1 or 0) + ((isRoomy or not mayBuild(key)) and 0 or 2)
end
return answers`,
});

/** Answers the owner of a lease whose end has not passed, or false. KEYS lease. */
export const leaseOwner = Object.freeze({
  sha: "6915046ee5074b278080c046c5a92182d7bddec3",
  appends: [],
  text: `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
local owner, stop = ownerOf(KEYS[1])
return owner and stop > now and owner or false`,
});

/** Puts a mark on the list. KEYS list; ARGV token, row, milliseconds that it stands at most. */
export const listMark = Object.freeze({
  sha: "76882785a311b47dc691cacb4a20ad524ae13cc9",
  appends: [],
  text: `#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s@%.0f', ARGV[2], now + ARGV[3]))
return 1`,
});

/**
 * The next numbers. ARGV how many at most. Answers the last of them, how many remain of the range, and how many they are; or
 * false when MySQL must grant a range first.
 */
export const nextNumbers = Object.freeze({
  sha: "1ada68fc3f1db180bd569da5f77c2c6b92df5b1a",
  appends: ["life"],
  text: `#!lua flags=allow-oom
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = head[3] == life
if not isGood or tonumber(head[1]) >= tonumber(head[2]) then return false end
local count = math.min(tonumber(ARGV[1]), tonumber(head[2]) - tonumber(head[1]))
local given = redis.call('HINCRBY', KEYS[1], 'n', count)
return {string.format('%.0f', given), tonumber(head[2]) - given, count}`,
});

/**
 * Announces that columns which a cached row lacks will be read from MySQL. KEYS row; ARGV token. Answers the token to
 * complete it with, or false when the row is not there.
 */
export const openCompletion = Object.freeze({
  sha: "c8cff0cc06bcf81cb59bcec5de3905922aa838d4",
  appends: [],
  text: `#!lua flags=allow-oom
local v = redis.call('HGET', KEYS[1], 'v')
if not v or string.byte(v) == 45 then return false end
redis.call('HSETNX', KEYS[1], 'f', ARGV[1])
return redis.call('HGET', KEYS[1], 'f')`,
});

/**
 * Announces that rows will be read from MySQL. KEYS rows; ARGV token, milliseconds that it holds. Answers for each row 1 when
 * it is in the cache by now, 0 when a write-through is under way and 2 when Redis has no memory left (read MySQL, fill
 * nothing), or the token to fill with.
 * Whatever changes a row meanwhile takes its token away, so that no old state can come into the cache.
 */
export const openFill = Object.freeze({
  sha: "e5422029b0d167c59f4f0bbd9c3f0233de96ee23",
  appends: ["life"],
  text: `local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local isFull = false
local function put(...)
  if isFull then return false end
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return true end
  if string.sub(reply.err, 1, 3) ~= 'OOM' then error(reply) end
  isFull = true
  return false
end
local answers, token = {}, ARGV[1] .. '@' .. life
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'w', 'f')
  if head[1] then answers[at] = 1
  elseif head[2] and tonumber(head[2]) > now then answers[at] = 0
  else
    local marks = head[2] and redis.call('HKEYS', row)
    local isGood = head[3] and string.sub(head[3], -#life - 1) == '@' .. life
    if isGood or put('HSET', row, 'f', token) then
      for _, mark in ipairs(marks or {}) do
        if string.byte(mark) == 119 then redis.call('HDEL', row, mark) end
      end
      redis.call('PEXPIRE', row, ARGV[2])
      answers[at] = isGood and head[3] or token
    else answers[at] = 2 end
  end
end
return answers`,
});

/**
 * Reads overlays of many names, of all shards, on one server. KEYS any; ARGV how many shards there are, what all keys begin
 * with, then for each name how many arguments follow (1), and the name. Answers for each: key, sign, key, sign ...; or false
 * when there is more than a function should copy.
 */
export const readOverlays = Object.freeze({
  sha: "a6155ea16acceeca934d8d9f09ec1e18b78877bc",
  appends: [],
  text: `local bases = {}
for shard = 0, tonumber(ARGV[1]) - 1 do bases[shard + 1] = ARGV[2] .. ':{s' .. shard .. '}:i:' end
local replies, places = {}, {}
local function read(name)
  local list, count = {}, 0
  for shard, base in ipairs(bases) do places[shard] = base .. name end
  if redis.call('EXISTS', unpack(places)) == 0 then return list end
  for _, place in ipairs(places) do count = count + redis.call('HLEN', place) end
  if count > 1000 then return false end
  for _, place in ipairs(places) do
    for _, text in ipairs(redis.call('HGETALL', place)) do list[#list + 1] = text end
  end
  return list
end
for at = 4, #ARGV, 2 do replies[#replies + 1] = read(ARGV[at]) end
return replies`,
});

/**
 * Rows as they are, each as HGETALL gives it. KEYS rows. Those that came here before the server started leave the cache: it
 * may have forgotten that they did so already, as no journal says of these tables what it has lost.
 */
export const readRows = Object.freeze({
  sha: "6233b0b76b73263a4b6b78b900ac6d68fd4e3fd9",
  appends: ["life"],
  text: `local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local rows = {}
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'e')
  if head[1] and head[2] ~= life and not string.find(head[1], '@') then redis.call('DEL', row) end
  rows[at] = redis.call('HGETALL', row)
end
return rows`,
});

/** Lets a lease go. KEYS lease; ARGV owner. */
export const releaseLease = Object.freeze({
  sha: "2713d52da90934e034fa9a8c98e04865517591ea",
  appends: [],
  text: `local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
if ownerOf(KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`,
});

/**
 * Lets values go. KEYS for each value the holds of its shard; ARGV for each: value, token. Answers for each 1, or 0 when the
 * token does not hold it.
 */
export const releaseValues = Object.freeze({
  sha: "bd9329dc9dce8bbafae2b194baa53d94accf79b2",
  appends: [],
  text: `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holderOf(holds, value)
  local owner, stop = string.match(redis.call('HGET', holds, value) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
local answers = {}
for at, holds in ipairs(KEYS) do
  local value, token = ARGV[at * 2 - 1], ARGV[at * 2]
  answers[at] = holderOf(holds, value) == token and redis.call('HDEL', holds, value) or 0
end
return answers`,
});

/**
 * Removes a row; what remains says that there is none, and its version, until MySQL knows it; and that an earlier change was
 * refused, until its letter is closed.
 */
export const removeRow = Object.freeze({
  sha: "747c1408d00e637cf6f2cb3c710f251b14040d36",
  appends: [],
  text: `local limit, lengths = tonumber(ARGV[1]), {}
local function eachRow(at, one)
  local replies = {}
  for key = 1, #KEYS, 2 do
    local to = at + ARGV[at]
    local ok, reply = pcall(one, KEYS[key], KEYS[key + 1], at + 1, to)
    if not ok and type(reply) == 'string' then reply = {err = reply} end
    replies[#replies + 1] = reply
    at = to + 1
  end
  return replies
end
local function one(row, journal, from, to)
  local function empty(hash, field, text)
    redis.call('HSET', hash, field, text)
    local others = {}
    for _, other in ipairs(redis.call('HKEYS', hash)) do
      if other ~= field then others[#others + 1] = other end
    end
    if #others > 0 then redis.call('HDEL', hash, unpack(others)) end
    redis.call('PERSIST', hash)
  end
  local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
  local v = redis.call('HGET', row, 'v')
  if not v then return -1 end
  if string.byte(v) == 45 then return -2 end
  local at = string.find(v, '@', 2, true)
  local version = at and string.sub(v, 1, at - 1) or v
  if ARGV[from] ~= '' and ARGV[from] ~= version then return -3 end
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
  local list, names = overlays(stored, nil)
  if incomplete then return -8 end
  local length = lengths[journal] or redis.call('XLEN', journal)
  if length >= limit then return -6 end
  lengths[journal] = length + 1
  local after = tostring(version + 1)
  local id = redis.call('XADD', journal, '*', name, 'd' .. after, 'x', names)
  cover(list, id)
  local refused = redis.call('HGET', row, 'x')
  empty(row, 'v', '-' .. after .. '@' .. id)
  if refused then redis.call('HSET', row, 'x', refused) end
  return tonumber(after)
end
return eachRow(2, one)`,
});

/** Keeps a lease. KEYS lease; ARGV owner, milliseconds. Answers 1 while it is the owner's. */
export const renewLease = Object.freeze({
  sha: "b94b1657a7899b8cd989337108e7d4f8ed6dedfe",
  appends: [],
  text: `#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
if ownerOf(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], string.format('%s@%.0f', ARGV[1], now + ARGV[2]))
return 1`,
});

/** Makes a journal's ids go on after a position. KEYS journal; ARGV position, its milliseconds and its count. */
export const resumeJournal = Object.freeze({
  sha: "f09c55d863c346b618025744e8b87cc91944e125",
  appends: [],
  text: `#!lua flags=allow-oom
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XDEL', KEYS[1], redis.call('XADD', KEYS[1], '*', '', 's0'))
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for at = 1, #info, 2 do
  if info[at] == 'last-generated-id' then
    local time, count = string.match(info[at + 1], '(%d+)-(%d+)')
    time, count = tonumber(time), tonumber(count)
    if time < tonumber(ARGV[2]) or time == tonumber(ARGV[2]) and count < tonumber(ARGV[3]) then
      redis.call('XSETID', KEYS[1], ARGV[1])
    end
  end
end
return 1`,
});

/** The life of the server. KEYS any. Answers it as a text, and fails where the user may not ask. */
export const serverLife = Object.freeze({
  sha: "efa5fc7cca04f9c4098d2e2b035c69814f5ce3f0",
  appends: ["life"],
  text: `local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
return life`,
});

/**
 * Says of rows that MySQL has them. KEYS rows; ARGV "1" when they were written just now, "0" when it is only known that the
 * journal was written up to here; time to live of what is not there; then for each row its last change written and its
 * time to live (0 for ever). A row that has moved on stays as it is, and so does one that MySQL refused. Answers for each row
 * 1; 0 when MySQL refused it; 2 when nothing of it waits any more, and a change of it was refused before: its letters can be
 * closed, which takes the mark of the refusal from the row.
 */
export const settleRows = Object.freeze({
  sha: "424e3d806ca6d314f6550d3d249be3d5ba83c511",
  appends: [],
  text: `#!lua flags=allow-oom
local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
local answers, isJustWritten = {}, ARGV[1] == '1'
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'x')
  local v, id = head[1], ARGV[at * 2 + 1]
  local isRefused = not isJustWritten and head[2] and not isLater(id, head[2])
  local isLast = v and string.sub(v, -#id - 1) == '@' .. id
  local isMended = head[2] and (isLater(id, head[2]) or isJustWritten and id == head[2])
  local isWritten = isMended and (isLast or v and not string.find(v, '@', 1, true))
  answers[at] = isRefused and 0 or isWritten and 2 or 1
  if isLast and not isRefused then
    redis.call('HSET', row, 'v', string.sub(v, 1, -#id - 2))
    local ttl = ARGV[at * 2 + 2]
    if string.byte(v) == 45 then ttl = ARGV[2] end
    if ttl ~= '0' then redis.call('PEXPIRE', row, ttl) end
  end
end
return answers`,
});

/** Gives filters up, and keeps new ones from being built for a while. KEYS heads; ARGV milliseconds. */
export const shutFilters = Object.freeze({
  sha: "e3e6f037d3c2775d889e5a702821ff90ad77195d",
  appends: ["life"],
  text: `#!lua flags=allow-oom
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
for _, key in ipairs(KEYS) do
  drop(key, 'full')
  drop(key, 'next')
  redis.call('HDEL', key, 'full', 'size', 'count', 'next', 'nextSize', 'nextCount', 'builder', 'builderUntil')
  redis.call('HSET', key, 'shut', string.format('%.0f', now + ARGV[1]))
end
return 1`,
});

/** Skips the numbers up to one that a caller chose. ARGV number. Answers 0 when MySQL must grant a range after it first. */
export const skipNumbers = Object.freeze({
  sha: "67dfa5915c16aae60da35f2fe520822567a1a292",
  appends: ["life"],
  text: `#!lua flags=allow-oom
local life = ARGV[#ARGV]
if life == '' then
  life = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)'), 1, 16)
end
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = head[3] == life
if not isGood or tonumber(ARGV[1]) > tonumber(head[2]) then return 0 end
if tonumber(ARGV[1]) > tonumber(head[1]) then redis.call('HSET', KEYS[1], 'n', ARGV[1]) end
return 1`,
});

/** Removes a part of the holds whose end has passed. KEYS holds; ARGV cursor of HSCAN. Answers a list of the next cursor, "0" at the end. */
export const sweepHolds = Object.freeze({
  sha: "18605f45ae0c8e5b14a37b5848274afab4cd87ad",
  appends: [],
  text: `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holderOf(holds, value)
  local owner, stop = string.match(redis.call('HGET', holds, value) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)
for at = 1, #page[2], 2 do
  local value = page[2][at]
  local _, stop = holderOf(KEYS[1], value)
  if not stop or stop <= now then redis.call('HDEL', KEYS[1], value) end
end
return {page[1]}`,
});

/** Takes a mark that is over off its row. KEYS row; ARGV token. Answers 1 when it is gone, 0 while it stands. */
export const sweepMark = Object.freeze({
  sha: "425aa8e9fdc918d29b9d31877e082a6806ea0291",
  appends: [],
  text: `#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function clean(row)
  local others = {}
  for _, field in ipairs(redis.call('HKEYS', row)) do
    if string.byte(field) ~= 119 then others[#others + 1] = field end
  end
  if #others > 0 then redis.call('HDEL', row, unpack(others)) end
end
local function latest(row)
  local all, last = redis.call('HGETALL', row), 0
  for at = 1, #all, 2 do
    if string.find(all[at], '^w.') then last = math.max(last, tonumber(all[at + 1])) end
  end
  if last > 0 then redis.call('HSET', row, 'w', string.format('%.0f', last)) else redis.call('HDEL', row, 'w') end
end
local stop = redis.call('HGET', KEYS[1], 'w' .. ARGV[1])
if not stop then return 1 end
if tonumber(stop) > now then return 0 end
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
latest(KEYS[1])
return 1`,
});

/** Gives a cached row its whole time to live, unless MySQL does not have it yet. KEYS row; ARGV milliseconds. */
export const touchRow = Object.freeze({
  sha: "dc61870e53bc132fb6347ecaf263b3617ad6b4fd",
  appends: [],
  text: `local v = redis.call('HGET', KEYS[1], 'v')
if v and string.find(v, '^%d+$') then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 0`,
});

/** Takes rows out of overlays. KEYS overlays; ARGV for each the row's key, and the change that was written. */
export const uncoverRows = Object.freeze({
  sha: "ca8904d057e1b00e1fec4ae6260c6cdd74ceca2d",
  appends: [],
  text: `#!lua flags=allow-oom
for at, overlay in ipairs(KEYS) do
  local key, change = ARGV[at * 2 - 1], ARGV[at * 2]
  local sign = redis.call('HGET', overlay, key)
  if sign and string.sub(sign, 2) == change then redis.call('HDEL', overlay, key) end
end
return 0`,
});

/** Takes the mark of a refusal from a row, once its letters are closed. KEYS row; ARGV the change that was written since. */
export const unmarkRow = Object.freeze({
  sha: "2a6d793edcdcd43a05ed2e634fe7fe71aab054e6",
  appends: [],
  text: `local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
local refused = redis.call('HGET', KEYS[1], 'x')
if refused and not isLater(refused, ARGV[1]) then redis.call('HDEL', KEYS[1], 'x') end
return 0`,
});
