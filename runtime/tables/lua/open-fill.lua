-- Announces that rows will be read from MySQL. KEYS rows; ARGV token, time limit in milliseconds. Answers for each row: 1
-- when it is cached by now; 0 when a write-through is in flight and 2 when Redis has no memory left (read MySQL, cache
-- nothing); else the token for `fill-rows`. Every change of a row removes its token, so that no stale row enters the cache.
--#include "parts/life.lua"
--#include "parts/server-time.lua"
--#include "parts/put.lua"
local answers, token = {}, ARGV[1] .. '@' .. life
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'w', 'f')
  if head[1] then answers[at] = 1
  elseif head[2] and tonumber(head[2]) > now then answers[at] = 0
  else
    -- The expired marks of write-throughs. HSET below comes first, so that the key never becomes empty.
    local marks = head[2] and redis.call('HKEYS', row)
    local isGood = head[3] and string.sub(head[3], -#life - 1) == '@' .. life
    if isGood or put('HSET', row, 'f', token) then
      for _, mark in ipairs(marks or {}) do
        if string.byte(mark) == 119 then redis.call('HDEL', row, mark) end
      end
      redis.call('PEXPIRE', row, ARGV[2])
      answers[at] = isGood and head[3] or token
    else answers[at] = 2 end
  end
end
return answers
