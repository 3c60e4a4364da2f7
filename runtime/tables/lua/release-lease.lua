-- Releases a lease. KEYS lease; ARGV owner.
--#include "parts/owner-of.lua"
if ownerOf(KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
