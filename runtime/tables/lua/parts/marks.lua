-- Marks of write-throughs: while a row has a mark, the row is not cached. Marks are fields of the row's hash, which has no
-- time to live meanwhile, so that only an eviction policy `allkeys-...` can remove them. Each write has a field "w" and its
-- token; the text is the expiry in milliseconds of the server's clock, in case the writer dies. The field "w" has the latest
-- expiry. Each mark is also in the shard's list of marks, a hash: token to row, "@", and expiry. A sweep finds expired marks
-- by this list. A script never gets both row and list, because they may be on two servers while a slot moves.
--
-- `clean(row)` removes all fields of a row but its marks. `latest(row)` updates the field "w".
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
