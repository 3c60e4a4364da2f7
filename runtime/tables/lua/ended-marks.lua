-- Finds expired marks in one page of the list. KEYS list; ARGV cursor of HSCAN. Answers the next cursor, "0" at the end,
-- then token, row, token, row ...
--#include "parts/server-time.lua"
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)
local found = {page[1]}
for at = 1, #page[2], 2 do
  local row, stop = string.match(page[2][at + 1], '^(.*)@(%d+)$')
  if tonumber(stop) <= now then
    found[#found + 1] = page[2][at]
    found[#found + 1] = row
  end
end
return found
