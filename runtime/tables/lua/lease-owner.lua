-- Answers the owner of a lease that has not expired, or false. KEYS lease.
--#include "parts/server-time.lua"
--#include "parts/owner-of.lua"
local owner, stop = ownerOf(KEYS[1])
return owner and stop > now and owner or false
