#!lua flags=allow-oom
-- Announces that columns which a cached row lacks will be read from MySQL. KEYS row; ARGV token. Answers the token to
-- complete it with, or false when the row is not there.
local v = redis.call('HGET', KEYS[1], 'v')
if not v or string.byte(v) == 45 then return false end
redis.call('HSETNX', KEYS[1], 'f', ARGV[1])
return redis.call('HGET', KEYS[1], 'f')
