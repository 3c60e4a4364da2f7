-- `now`: the server's clock, in milliseconds since 1970, so that all processes compare with one clock.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
