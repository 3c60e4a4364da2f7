-- Holds a value that nobody else holds, and notes it in its index's Bloom filter. KEYS holds of its shard; ARGV milliseconds,
-- value, token, then on one server the head of the filter and two hashes. Answers 1, also when the token held it already, or
-- 0 while another has it.
--#include "parts/holder-of.lua"
--#include "parts/note-values.lua"
local owner, stop = holderOf(KEYS[1], ARGV[2])
if owner and owner ~= ARGV[3] and stop > now then return 0 end
if #ARGV > 4 then
  note(ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]))
  counted()
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. string.format('@%.0f', now + ARGV[1]))
return 1
