#!lua flags=allow-oom
-- Discards a refused change, so that the cache reads the row again. KEYS and ARGV as in `journal-again`. When a later change
-- of the row is queued, that change decides: a flush writes the whole row, which MySQL may refuse again.
--#include "parts/signs-of.lua"
--#include "parts/journalled.lua"
--#include "parts/uncovered.lua"
local head = redis.call('HMGET', KEYS[1], 'v', 'x')
local version, id = string.match(head[1] or '', '^(-?%d+)@(.*)')
if id and id ~= head[2] then return journalled(version) end
uncovered(ARGV[2])
return redis.call('DEL', KEYS[1])
