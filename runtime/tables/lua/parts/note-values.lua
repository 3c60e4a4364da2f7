-- Bloom filters of unique values. A value that is not in its index's filter belongs to no row, and no call is taking it. So
-- a create with this value needs no query to MySQL. KEYS head of a filter, a hash without a time to live:
--
--     life      life of the server for which the filter is valid: a later life may have lost values
--     until     expiry, in milliseconds of the server's clock; stores that use the filter extend it. After it, rows may have been
--               inserted by hand while no store ran
--     full      name of the bits that have all values; `size`: number of bits; `count`: number of values
--     next      name of the bits that `builder` fills; `nextSize`, `nextCount`; the build has failed when `builderUntil` passes
--     shut      time until which the filter is disabled, because a store writes values to MySQL without adding them
--
-- The bits are a string under the head's key, ":" and their name. The first bit is set from the beginning, so that evicted
-- bits are never taken for an empty filter. A value is given as two hashes of 32 bits.
--
-- Filters exist on a single server only; scripts on a cluster get no values for them.
--
-- `note(key, a, b)` adds a value to a filter and to the filter being built. Returns true when the value was certainly not in
-- the filter before. `counted()` must follow once. `readClock()` returns the server's `life` and `now`, read once.
local filters, clock = {}, nil
local function readClock()
  if clock then return clock end
  --#include "parts/life.lua"
  --#include "parts/server-time.lua"
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
