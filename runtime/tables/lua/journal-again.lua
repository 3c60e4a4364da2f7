-- Appends the current row to the journal again. KEYS row, journal; ARGV table and key ("hero:42"), the letter's last change,
-- names of its overlays. Answers 0 when the row is not cached; MySQL then has the valid row.
--#include "parts/signs-of.lua"
--#include "parts/journalled.lua"
--#include "parts/uncovered.lua"
local version = string.match(redis.call('HGET', KEYS[1], 'v') or '', '^-?%d+')
if version then return journalled(version) end
uncovered(ARGV[2])
return 0
