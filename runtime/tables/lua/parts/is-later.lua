-- `isLater(a, b)`: whether stream id `a` comes after stream id `b`.
local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
