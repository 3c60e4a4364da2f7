#!lua flags=allow-oom
-- Adds a mark to the list. KEYS list; ARGV token, row, maximum life of the mark in milliseconds.
--#include "parts/server-time.lua"
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s@%.0f', ARGV[2], now + ARGV[3]))
return 1
