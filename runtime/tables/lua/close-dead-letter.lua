#!lua flags=allow-oom
-- Closes a dead letter whose row MySQL has now, with the refused change or a later one. KEYS row, journal, dead letters;
-- ARGV as in `journal-again`, then the letter's id. Answers 0 when the letter was closed already.
--#include "parts/signs-of.lua"
--#include "parts/uncovered.lua"
uncovered(ARGV[2])
return redis.call('XDEL', KEYS[3], ARGV[4])
