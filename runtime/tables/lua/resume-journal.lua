#!lua flags=allow-oom
-- Lets the ids of a journal resume after a position. KEYS journal; ARGV position, its milliseconds and its count.
if redis.call('EXISTS', KEYS[1]) == 0 then
  -- A temporary entry creates the stream.
  redis.call('XDEL', KEYS[1], redis.call('XADD', KEYS[1], '*', '', 's0'))
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for at = 1, #info, 2 do
  if info[at] == 'last-generated-id' then
    local time, count = string.match(info[at + 1], '(%d+)-(%d+)')
    time, count = tonumber(time), tonumber(count)
    if time < tonumber(ARGV[2]) or time == tonumber(ARGV[2]) and count < tonumber(ARGV[3]) then
      redis.call('XSETID', KEYS[1], ARGV[1])
    end
  end
end
return 1
