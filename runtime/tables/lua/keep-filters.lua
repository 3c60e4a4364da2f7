#!lua flags=allow-oom
-- Renews valid filters. KEYS heads; ARGV validity in milliseconds, bits per value. Answers a sum for each: 1 when the filter
-- is valid; 2 when a new filter is due, because this one is invalid or nearly full, and no build runs and builds are not
-- disabled.
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
