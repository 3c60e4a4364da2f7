-- The lease of a shard, whose owner flushes the journal to MySQL. The key has no time to live, so that only an eviction
-- policy `allkeys-...` can remove it. Its text is the owner, "@", and the expiry in milliseconds of the server's clock. An
-- expired lease stays its owner's until another process takes it.
--
-- `ownerOf(lease)` returns the owner and the expiry; nil for a free lease.
local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
