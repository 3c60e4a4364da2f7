-- `mayBuild(key)`: whether a filter may be built: builds are not disabled, and no live builder works on it.
local function mayBuild(key)
  local head = redis.call('HMGET', key, 'life', 'builder', 'builderUntil', 'shut')
  if head[4] and tonumber(head[4]) > now then return false end
  return not (head[1] == life and head[2] and tonumber(head[3]) > now)
end
