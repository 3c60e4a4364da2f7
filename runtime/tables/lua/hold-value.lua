-- Holds a unique value, and adds it to its index's Bloom filter. KEYS holds of the shard; ARGV milliseconds, value, token;
-- on a single server also the head of the filter and two hashes. Answers 1, also when the token has the hold already; 0
-- while another token has it.
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
