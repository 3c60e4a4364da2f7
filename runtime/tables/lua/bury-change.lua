#!lua flags=allow-oom
-- Adds a change that MySQL refused to the dead letters. KEYS dead letters, row; ARGV id of the row's last change, then the
-- letter's fields, "t" and "k" first. A refusal repeated after a crash is added once.
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'x', ARGV[1]) end
for _, letter in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1000)) do
  if letter[2][2] == ARGV[1] and letter[2][4] == ARGV[3] and letter[2][6] == ARGV[5] then return 0 end
end
redis.call('XADD', KEYS[1], '*', 'd', unpack(ARGV))
return 1
