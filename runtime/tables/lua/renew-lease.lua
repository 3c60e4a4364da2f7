#!lua flags=allow-oom
-- Renews a lease. KEYS lease; ARGV owner, milliseconds. Answers 1, or 0 when the owner has lost the lease.
--#include "parts/server-time.lua"
--#include "parts/owner-of.lua"
if ownerOf(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], string.format('%s@%.0f', ARGV[1], now + ARGV[2]))
return 1
