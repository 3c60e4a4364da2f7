-- `uncovered(last)`: the row leaves the overlays of a letter; what MySQL has of it is all there is.
local function uncovered(last)
  local list, owner = signsOf(last)
  for _, one in ipairs(list) do redis.call('HDEL', one[1], owner) end
end
