-- `empty(hash, field, text)` leaves a hash nothing but one field, and no time to live. Not by DEL: while a slot moves to
-- another server of a cluster, a key that is gone from the one cannot be written there any more.
local function empty(hash, field, text)
  redis.call('HSET', hash, field, text)
  local others = {}
  for _, other in ipairs(redis.call('HKEYS', hash)) do
    if other ~= field then others[#others + 1] = other end
  end
  if #others > 0 then redis.call('HDEL', hash, unpack(others)) end
  redis.call('PERSIST', hash)
end
