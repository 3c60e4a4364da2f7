-- `journalled(version)` puts a row into the journal once more. From then on the overlays of the letter are those of this entry,
-- which the journal clears, or another letter names; also where a later change has signed them: of entries that name one
-- overlay, the last is the one that clears it.
local function journalled(version)
  local list, owner = signsOf()
  local id = redis.call('XADD', KEYS[2], '*', ARGV[1], 's' .. string.match(version, '%d+'), 'x', ARGV[3])
  for _, one in ipairs(list) do redis.call('HSET', one[1], owner, one[2] .. id) end
  redis.call('HSET', KEYS[1], 'v', version .. '@' .. id)
  redis.call('PERSIST', KEYS[1])
  return 1
end
