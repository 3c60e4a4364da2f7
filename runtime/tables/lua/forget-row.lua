-- Evicts a row unless a change after a position is queued for MySQL. KEYS row; ARGV milliseconds and count of the position.
local v = redis.call('HGET', KEYS[1], 'v')
local time, count = string.match(v or '', '@(%d+)-(%d+)')
if time then
  time, count = tonumber(time), tonumber(count)
  if time > tonumber(ARGV[1]) or time == tonumber(ARGV[1]) and count > tonumber(ARGV[2]) then return 0 end
end
return redis.call('DEL', KEYS[1])
