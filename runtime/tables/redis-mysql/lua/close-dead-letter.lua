#!lua flags=allow-oom
-- Closes a letter whose row MySQL has by now, with its change or a later one. KEYS row, journal, dead letters; ARGV like
-- `journal-again`, then the letter's id. Answers 0 when it was closed already.
--#include "parts/signs-of.lua"
--#include "parts/uncovered.lua"
uncovered(ARGV[2])
return redis.call('XDEL', KEYS[3], ARGV[4])
