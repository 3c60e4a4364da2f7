-- `journalled(version)` appends a row to the journal again. The overlays of the dead letter then belong to the new entry,
-- whose flush clears them. Overlays that a later change has signed are included, because of several entries with one overlay
-- only the last one clears it.
local function journalled(version)
  local list, owner = signsOf()
  local id = redis.call('XADD', KEYS[2], '*', ARGV[1], 's' .. string.match(version, '%d+'), 'x', ARGV[3])
  for _, one in ipairs(list) do redis.call('HSET', one[1], owner, one[2] .. id) end
  redis.call('HSET', KEYS[1], 'v', version .. '@' .. id)
  redis.call('PERSIST', KEYS[1])
  return 1
end
