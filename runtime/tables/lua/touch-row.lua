-- Restarts the time to live of a cached row, unless a change is queued for MySQL. KEYS row; ARGV milliseconds.
local v = redis.call('HGET', KEYS[1], 'v')
if v and string.find(v, '^%d+$') then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 0
