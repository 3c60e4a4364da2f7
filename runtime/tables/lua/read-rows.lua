-- Reads rows as HGETALL returns them. KEYS rows. Evicts rows cached before the server started: an eviction may be among the
-- changes that the server lost, and write-through tables have no journal that shows a loss.
--#include "parts/life.lua"
local rows = {}
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'e')
  if head[1] and head[2] ~= life and not string.find(head[1], '@') then redis.call('DEL', row) end
  rows[at] = redis.call('HGETALL', row)
end
return rows
