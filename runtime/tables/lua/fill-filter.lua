-- Adds earlier values to a filter; without values, shows that the builder lives. KEYS head; ARGV builder, timeout of the
-- builder in milliseconds, then two hashes for each value. Answers 0 when the builder was replaced.
--#include "parts/note-values.lua"
--#include "parts/filter-clock.lua"
--#include "parts/filter-builder.lua"
redis.call('HSET', key, 'builderUntil', string.format('%.0f', now + ARGV[2]))
for at = 3, #ARGV - 1, 2 do note(key, tonumber(ARGV[at]), tonumber(ARGV[at + 1])) end
counted()
return 1
