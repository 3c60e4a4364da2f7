-- Checks of a row that must be there; leaves its version, and where its "@" is.
--#include "parts/begin.lua"
if not v then return -1 end
if string.byte(v) == 45 then return -2 end
local at = string.find(v, '@', 2, true)
local version = at and string.sub(v, 1, at - 1) or v
