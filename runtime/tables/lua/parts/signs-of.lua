-- `signsOf(last)` returns the overlays that a dead letter names, each with its key and the row's sign. With `last`, overlays
-- signed by a later change are left out. As in changes, overlays are not among KEYS.
--#include "parts/is-later.lua"
local function signsOf(last)
  local owner, list, places, at = string.match(ARGV[1], ':(.*)'), {}, {}, 1
  local base = string.sub(KEYS[2], 1, -2) .. 'i:'
  while at <= #ARGV[3] do
    local colon = string.find(ARGV[3], ':', at, true)
    local stop = colon + tonumber(string.sub(ARGV[3], at, colon - 1))
    places[#places + 1] = base .. string.sub(ARGV[3], colon + 1, stop)
    at = stop + 1
  end
  if #places > 0 then redis.call('EXISTS', KEYS[1], unpack(places)) end
  for _, place in ipairs(places) do
    local sign = redis.call('HGET', place, owner)
    if sign and not (last and isLater(string.sub(sign, 2), last)) then list[#list + 1] = {place, string.sub(sign, 1, 1)} end
  end
  return list, owner
end
