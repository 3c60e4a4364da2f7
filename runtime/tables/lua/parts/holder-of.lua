-- Holds of unique values while calls take them. KEYS holds of shards: a hash without a time to live, so that only an
-- eviction policy `allkeys-...` can remove a hold. Its fields are values ("hero:name:3:bob"); the text of a field is the
-- holder's token, "@", and the expiry in milliseconds of the server's clock. An expired hold has no effect; `sweep-holds`
-- removes the holds of dead processes.
--
-- `holderOf(holds, value)` returns the holder's token and the expiry; nil when the value is not held.
--#include "parts/server-time.lua"
local function holderOf(holds, value)
  local owner, stop = string.match(redis.call('HGET', holds, value) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
