-- Releases holds of unique values. KEYS for each value the holds of its shard; ARGV for each: value, token. Answers for each
-- 1, or 0 when another token has the hold.
--#include "parts/holder-of.lua"
local answers = {}
for at, holds in ipairs(KEYS) do
  local value, token = ARGV[at * 2 - 1], ARGV[at * 2]
  answers[at] = holderOf(holds, value) == token and redis.call('HDEL', holds, value) or 0
end
return answers
