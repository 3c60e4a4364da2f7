#!lua flags=allow-oom
-- Gives up what MySQL refused of a row: the cache reads it anew. KEYS and ARGV like `journal-again`. When a later change of the row waits,
-- which is of the whole row and may be refused too, that one decides.
--#include "parts/signs-of.lua"
--#include "parts/journalled.lua"
--#include "parts/uncovered.lua"
local head = redis.call('HMGET', KEYS[1], 'v', 'x')
local version, id = string.match(head[1] or '', '^(-?%d+)@(.*)')
if id and id ~= head[2] then return journalled(version) end
uncovered(ARGV[2])
return redis.call('DEL', KEYS[1])
