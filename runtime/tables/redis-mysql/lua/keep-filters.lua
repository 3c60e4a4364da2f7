#!lua flags=allow-oom
-- Keeps filters good. KEYS heads; ARGV for how long, milliseconds; bits for each value. Answers for each a sum: 1 when it is good, 2 when one is to
-- be built, as it is not good or nearly full; not while somebody builds one, or none may be.
--#include "parts/filter-clock.lua"
--#include "parts/may-build.lua"
local answers = {}
for at, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'life', 'until', 'full', 'size', 'count')
  local isGood = head[1] == life and head[3] and tonumber(head[2]) > now
    and redis.call('GETBIT', key .. ':' .. head[3], 0) == 1
  if isGood then redis.call('HSET', key, 'until', string.format('%.0f', now + ARGV[1])) end
  local isRoomy = isGood and tonumber(head[5]) * tonumber(ARGV[2]) < tonumber(head[4])
  answers[at] = (isGood and 1 or 0) + ((isRoomy or not mayBuild(key)) and 0 or 2)
end
return answers
