-- The lease of a shard: its owner brings the journal to MySQL. The key has no time to live, so that no policy of eviction but `allkeys-...` takes it
-- away: its text is the owner, "@", and when that ends, in milliseconds of the server's clock. A lease whose end has passed
-- is its owner's until another takes it.
--
-- `ownerOf(lease)`: the owner and the end, both nil when there is none.
local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
