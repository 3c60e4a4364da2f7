#!lua flags=allow-oom
-- Announces that missing columns of a cached row will be read from MySQL. KEYS row; ARGV token. Answers the token for
-- `complete-row`, or false when the row is not cached.
local v = redis.call('HGET', KEYS[1], 'v')
if not v or string.byte(v) == 45 then return false end
redis.call('HSETNX', KEYS[1], 'f', ARGV[1])
return redis.call('HGET', KEYS[1], 'f')
