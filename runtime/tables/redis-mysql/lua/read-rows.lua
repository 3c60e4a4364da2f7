-- Rows as they are, each as HGETALL gives it. KEYS rows. Those that came here before the server started leave the cache: it
-- may have forgotten that they did so already, as no journal says of these tables what it has lost.
--#include "parts/life.lua"
local rows = {}
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'e')
  if head[1] and head[2] ~= life and not string.find(head[1], '@') then redis.call('DEL', row) end
  rows[at] = redis.call('HGETALL', row)
end
return rows
