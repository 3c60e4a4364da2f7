-- Overlays: rows that get or lose index values. `overlays(before, after)` returns the names of the changed overlays, each
-- with "+" or "-", and all names in one text for the journal. `cover(list, id)` writes them. `before` and `after` are
-- functions from a field to its text, nil for null; nil in place of a function means that the row does not exist.
-- `incomplete` becomes true when a field is unknown.
--
-- Overlays are not among KEYS. On a cluster, an overlay may be on another server while its slot moves; `overlays` detects
-- that before anything is written.
local incomplete, places = false, {}
local function named(fields, texts)
  if not texts then return nil end
  local name = ''
  for field in string.gmatch(fields, '%d+') do
    local text = texts(field)
    name = name .. (text and #text .. ':' .. text or '-')
  end
  return name
end
local function overlays(before, after)
  local list, names = {}, ''
  local owner = string.match(name, '^[^:]+')
  for index, fields in string.gmatch(ARGV[from + 2], '([^=;]+)=([^;]*);') do
    local old, new = named(fields, before), named(fields, after)
    if old ~= new then
      if old then list[#list + 1] = {owner .. ':' .. index .. ':' .. old, '-'} end
      if new then list[#list + 1] = {owner .. ':' .. index .. ':' .. new, '+'} end
    end
  end
  local base = string.sub(journal, 1, -2) .. 'i:'
  for at, one in ipairs(list) do
    names = names .. #one[1] .. ':' .. one[1]
    places[at] = base .. one[1]
  end
  -- While a slot moves, EXISTS of several keys fails unless all are on this server; a single key would be redirected
  -- instead.
  if #list > 0 then redis.call('EXISTS', row, unpack(places)) end
  return list, names
end
local function cover(list, id)
  local key = string.match(name, ':(.*)')
  for at, one in ipairs(list) do redis.call('HSET', places[at], key, one[2] .. id) end
end
local function stored(field)
  local text = redis.call('HGET', row, field)
  if text then return text end
  if redis.call('HEXISTS', row, 'n' .. field) == 0 then incomplete = true end
end
local function packed()
  if to < from + 3 then return '' end
  return cmsgpack.pack(unpack(ARGV, from + 3, to))
end
local function eachOf(fields, act)
  for field in string.gmatch(fields, '[^,]+') do act(field) end
end
local function setNulls(fields)
  eachOf(fields, function(field) redis.call('HSET', row, 'n' .. field, '') end)
end
local function given()
  local map = {}
  for at = from + 3, to, 2 do map[ARGV[at]] = ARGV[at + 1] end
  return map
end
