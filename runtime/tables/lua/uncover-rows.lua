#!lua flags=allow-oom
-- Removes rows from overlays. KEYS overlays; ARGV for each the row's key and the written change.
for at, overlay in ipairs(KEYS) do
  local key, change = ARGV[at * 2 - 1], ARGV[at * 2]
  local sign = redis.call('HGET', overlay, key)
  if sign and string.sub(sign, 2) == change then redis.call('HDEL', overlay, key) end
end
return 0
