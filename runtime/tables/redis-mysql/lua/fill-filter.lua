-- Notes values that were there before, or none, which is a sign of life. KEYS head; ARGV builder, milliseconds as above, then
-- two hashes for each. Answers 0 when it builds no more.
--#include "parts/note-values.lua"
--#include "parts/filter-clock.lua"
--#include "parts/filter-builder.lua"
redis.call('HSET', key, 'builderUntil', string.format('%.0f', now + ARGV[2]))
for at = 3, #ARGV - 1, 2 do note(key, tonumber(ARGV[at]), tonumber(ARGV[at + 1])) end
counted()
return 1
