-- Marks of write-throughs: while one stands nobody puts the row into the cache. They are in the row's hash, which has no time
-- to live meanwhile, so that no policy of eviction but `allkeys-...` takes them away: for each write a field "w" and its
-- token, whose text is when the mark ends if its writer dies, in milliseconds of the server's clock; and "w", the latest of
-- these. Each is also in the shard's list of marks, a hash, by its token: the row, "@", and the end. By that a sweep finds
-- marks that are over. Row and list are never in one call: while a slot moves they may be at two servers.
--
-- `clean(row)`: leaves a row nothing but its marks, if it has any. `latest(row)`: brings "w" up to date.
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
