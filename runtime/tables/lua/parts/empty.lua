-- `empty(hash, field, text)` reduces a hash to one field and removes its time to live. DEL would fail on a cluster: while a
-- slot moves to another server, a key that is missing at the first server cannot be written there any more.
local function empty(hash, field, text)
  redis.call('HSET', hash, field, text)
  local others = {}
  for _, other in ipairs(redis.call('HKEYS', hash)) do
    if other ~= field then others[#others + 1] = other end
  end
  if #others > 0 then redis.call('HDEL', hash, unpack(others)) end
  redis.call('PERSIST', hash)
end
