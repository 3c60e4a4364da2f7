#!lua flags=allow-oom
-- Takes a lease that no other process has. KEYS lease; ARGV owner, milliseconds. Answers 1, or 0 while another process has
-- the lease.
--#include "parts/server-time.lua"
--#include "parts/owner-of.lua"
local owner, stop = ownerOf(KEYS[1])
if owner and owner ~= ARGV[1] and stop > now then return 0 end
redis.call('SET', KEYS[1], string.format('%s@%.0f', ARGV[1], now + ARGV[2]))
return 1
