-- Checks that a row exists and is cached. Sets `version`, and `at`, the position of "@" in "v".
--#include "parts/begin.lua"
if not v then return -1 end
if string.byte(v) == 45 then return -2 end
local at = string.find(v, '@', 2, true)
local version = at and string.sub(v, 1, at - 1) or v
