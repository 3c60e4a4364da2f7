-- Unique values while they are taken. KEYS holds of shards: a hash without a time to live, so that no policy of eviction but
-- `allkeys-...` takes a hold away. Its fields are values ("hero:name:3:bob"); a field's text is the token of who holds the
-- value, "@", and when that ends, in milliseconds of the server's clock. A hold whose end has passed is none: `sweep-holds`
-- removes those whose processes have died.
--
-- `holderOf(holds, value)`: who holds a value, and until when by `now`; nil when nobody does.
--#include "parts/server-time.lua"
local function holderOf(holds, value)
  local owner, stop = string.match(redis.call('HGET', holds, value) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
