-- Locals of every change script: `name`, the row's table and key, and `v`, its version field.
local name = string.sub(row, string.find(row, ':r:', 1, true) + 3)
local v = redis.call('HGET', row, 'v')
