-- `uncovered(last)` removes the row from the overlays of a dead letter, so that only the row in MySQL counts.
local function uncovered(last)
  local list, owner = signsOf(last)
  for _, one in ipairs(list) do redis.call('HDEL', one[1], owner) end
end
