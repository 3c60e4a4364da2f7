#!lua flags=allow-oom
-- Fills in columns that a cached row lacks, unless they are set by now. KEYS row; ARGV token, then field, text ... Answers 0
-- when the token is outdated.
if redis.call('HGET', KEYS[1], 'f') ~= ARGV[1] then return 0 end
for at = 2, #ARGV, 2 do
  local field = string.match(ARGV[at], '^n?(.*)$')
  if redis.call('HEXISTS', KEYS[1], field) == 0 and redis.call('HEXISTS', KEYS[1], 'n' .. field) == 0 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  end
end
redis.call('HDEL', KEYS[1], 'f')
return 1
