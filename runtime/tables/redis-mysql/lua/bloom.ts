import { evenFull, life, type Script, script, serverTime } from "./script.ts";

/*
 * Bloom filters of unique values: a value that is not in the filter of its index belongs to no row, and nobody takes it. So a
 * create of it asks MySQL nothing. KEYS head of a filter, a hash without a time to live:
 *
 *     life      life of the server that the filter is good for: a later one may have forgotten values
 *     until     milliseconds of the server's clock; a store that uses the filter puts it off. After it rows may have been
 *               inserted by hand, with no store there
 *     full      name of the bits that have all values, and `size`, how many bits they are, and `count`, values in them
 *     next      name of the bits that `builder` fills, `nextSize` and `nextCount`; it gives up when `builderUntil` passes
 *     shut      until when there is no filter, as a store writes values to MySQL without noting them
 *
 * The bits are a text under the head's key, ":" and their name. The first one is set from the beginning, so that bits which
 * have vanished are never taken for an empty filter. Values are given by two hashes of 32 bits.
 *
 * Filters are of one server only; functions on a cluster are given no values for them.
 */

/** Bits for each value: a value that is new is taken for a known one in 0.24 % of the cases, with four bits set for each. */
export const bitsPerValue = 16;

/**
 * `note(key, a, b)`: puts a value into a filter, and into the one that is being built. Answers whether it is certain that
 * nobody had noted it before. `counted()` must follow, once. `readClock()` gives the server's `life` and `now`, read once.
 */
export const notes = `
local filters, clock = {}, nil
local function readClock()
  if clock then return clock end
  ${life}
  ${serverTime}
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
  if clock.life == '' or head[1] ~= clock.life then return filter end
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
`;

const clock = `
${life}
${serverTime}
local function drop(key, name)
  local bits = redis.call('HGET', key, name)
  if bits then redis.call('UNLINK', key .. ':' .. bits) end
end
`;

const mayBuild = `
local function mayBuild(key)
  local head = redis.call('HMGET', key, 'life', 'builder', 'builderUntil', 'shut')
  if life == '' or head[4] and tonumber(head[4]) > now then return false end
  return not (head[1] == life and head[2] and tonumber(head[3]) > now)
end
`;

/**
 * Keeps filters good. KEYS heads; ARGV for how long, milliseconds. Answers for each a sum: 1 when it is good, 2 when one is to
 * be built, as it is not good or nearly full; not while somebody builds one, or none may be.
 */
export const keep: Script = script(
  evenFull,
  clock,
  mayBuild,
  `
local answers = {}
for at, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'count')
  local isGood = life ~= '' and head[1] == life and head[3] and tonumber(head[2]) > now
    and redis.call('GETBIT', key .. ':' .. head[3], 0) == 1
  if isGood then redis.call('HSET', key, 'until', string.format('%.0f', now + ARGV[1])) end
  local isRoomy = isGood and tonumber(head[5]) * ${bitsPerValue} < tonumber(head[4])
  answers[at] = (isGood and 1 or 0) + ((isRoomy or not mayBuild(key)) and 0 or 2)
end
return answers
`,
);

/**
 * Begins to build a filter: from now on all functions note their values in it. KEYS head; ARGV builder, which is the name of its
 * bits too; how many bits; for how long it builds without a sign of life, milliseconds. Answers 0 while another builds, or none
 * may.
 */
export const beginBuild: Script = script(
  clock,
  mayBuild,
  `
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
return 1
`,
);

const builder = `
local key = KEYS[1]
local head = redis.call('HMGET', key, 'life', 'builder')
if life == '' or head[1] ~= life or head[2] ~= ARGV[1] then return 0 end
`;

/**
 * Notes values that were there before, or none, which is a sign of life. KEYS head; ARGV builder, milliseconds as above, then
 * two hashes for each. Answers 0 when it builds no more.
 */
export const fillIn: Script = script(
  notes,
  clock,
  builder,
  `
redis.call('HSET', key, 'builderUntil', string.format('%.0f', now + ARGV[2]))
for at = 3, #ARGV, 2 do note(key, tonumber(ARGV[at]), tonumber(ARGV[at + 1])) end
counted()
return 1
`,
);

/**
 * Says that all values are there. KEYS head; ARGV builder, for how long the filter is good. Answers 0 when it builds no more, or
 * its bits have vanished.
 */
export const endBuild: Script = script(
  clock,
  builder,
  `
if redis.call('GETBIT', key .. ':' .. ARGV[1], 0) == 0 then return 0 end
drop(key, 'full')
local next = redis.call('HMGET', key, 'nextSize', 'nextCount')
redis.call('HSET', key, 'full', ARGV[1], 'size', next[1], 'count', next[2], 'until', string.format('%.0f', now + ARGV[2]))
redis.call('HDEL', key, 'next', 'nextSize', 'nextCount', 'builder', 'builderUntil')
return 1
`,
);

/** Gives filters up, and keeps new ones from being built for a while. KEYS heads; ARGV milliseconds. */
export const shut: Script = script(
  evenFull,
  clock,
  `
for _, key in ipairs(KEYS) do
  drop(key, 'full')
  drop(key, 'next')
  redis.call('HDEL', key, 'full', 'size', 'count', 'next', 'nextSize', 'nextCount', 'builder', 'builderUntil')
  redis.call('HSET', key, 'shut', string.format('%.0f', now + ARGV[1]))
end
return 1
`,
);
