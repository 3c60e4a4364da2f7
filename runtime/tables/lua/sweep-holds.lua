-- Removes expired holds of one page. KEYS holds; ARGV cursor of HSCAN. Answers a list of the next cursor, "0" at the end.
--#include "parts/holder-of.lua"
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)
for at = 1, #page[2], 2 do
  local value = page[2][at]
  local _, stop = holderOf(KEYS[1], value)
  if not stop or stop <= now then redis.call('HDEL', KEYS[1], value) end
end
return {page[1]}
