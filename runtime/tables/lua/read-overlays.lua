-- Reads overlays of all shards on a single server. KEYS any; ARGV number of shards, prefix of all keys, then for each name
-- the number of arguments that follow (1), and the name. Answers for each name: key, sign, key, sign ...; or false when the
-- overlays are too large for one script.
local bases = {}
for shard = 0, tonumber(ARGV[1]) - 1 do bases[shard + 1] = ARGV[2] .. ':{s' .. shard .. '}:i:' end
local replies, places = {}, {}
local function read(name)
  local list, count = {}, 0
  for shard, base in ipairs(bases) do places[shard] = base .. name end
  if redis.call('EXISTS', unpack(places)) == 0 then return list end
  for _, place in ipairs(places) do count = count + redis.call('HLEN', place) end
  if count > 1000 then return false end
  for _, place in ipairs(places) do
    for _, text in ipairs(redis.call('HGETALL', place)) do list[#list + 1] = text end
  end
  return list
end
for at = 4, #ARGV, 2 do replies[#replies + 1] = read(ARGV[at]) end
return replies
