-- What all have: names of the row, and the parts of its "v".
local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
local v = redis.call('HGET', row, 'v')
