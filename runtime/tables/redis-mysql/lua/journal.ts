import { leaseOwner } from "./lease.ts";
import { evenFull, isLater, type Script, script } from "./script.ts";

/**
 * Says of rows that MySQL has them. KEYS rows; ARGV "1" when they were written just now, "0" when it is only known that the
 * journal was written up to here; time to live of what is not there; then for each row its last change written and its
 * time to live (0 for ever). A row that has moved on stays as it is, and so does one that MySQL refused. Answers for each row
 * 1; 0 when MySQL refused it; 2 when nothing of it waits any more, and a change of it was refused before: its letters can be
 * closed, which takes the mark of the refusal from the row.
 */
export const settle: Script = script(
  evenFull,
  isLater,
  `
local answers, isJustWritten = {}, ARGV[1] == '1'
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'x')
  local v, id = head[1], ARGV[at * 2 + 1]
  local isRefused = not isJustWritten and head[2] and not isLater(id, head[2])
  local isLast = v and string.sub(v, -#id - 1) == '@' .. id
  -- What was refused in a transaction that failed may have been taken in the next one.
  local isMended = head[2] and (isLater(id, head[2]) or isJustWritten and id == head[2])
  local isWritten = isMended and (isLast or v and not string.find(v, '@', 1, true))
  answers[at] = isRefused and 0 or isWritten and 2 or 1
  if isLast and not isRefused then
    redis.call('HSET', row, 'v', string.sub(v, 1, -#id - 2))
    local ttl = ARGV[at * 2 + 2]
    if string.byte(v) == 45 then ttl = ARGV[2] end
    if ttl ~= '0' then redis.call('PEXPIRE', row, ttl) end
  end
end
return answers
`,
);

/** Takes rows out of overlays. KEYS overlays; ARGV for each the row's key, and the change that was written. */
export const uncover: Script = script(
  evenFull,
  `
for at, overlay in ipairs(KEYS) do
  local key, change = ARGV[at * 2 - 1], ARGV[at * 2]
  local sign = redis.call('HGET', overlay, key)
  if sign and string.sub(sign, 2) == change then redis.call('HDEL', overlay, key) end
end
return 0
`,
);

/**
 * Reads overlays of many names, of all shards, on one server. KEYS any; ARGV how many shards there are, what all keys begin
 * with, then for each name how many arguments follow (1), and the name. Answers for each: key, sign, key, sign ...; or false
 * when there is more than a function should copy.
 */
export const covered: Script = script(
  `
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
`,
);

/**
 * Drops a row from the cache unless a change after a position waits for MySQL. KEYS row; ARGV milliseconds and count of the
 * position.
 */
export const forget: Script = script(`
local v = redis.call('HGET', KEYS[1], 'v')
local time, count = string.match(v or '', '@(%d+)-(%d+)')
if time then
  time, count = tonumber(time), tonumber(count)
  if time > tonumber(ARGV[1]) or time == tonumber(ARGV[1]) and count > tonumber(ARGV[2]) then return 0 end
end
return redis.call('DEL', KEYS[1])
`);

/**
 * What a journal is at one moment. KEYS journal, lease; ARGV position, owner. Answers how many entries it ever had, and how
 * many of those that it has now come after the position; or false when the lease is not the owner's.
 */
export const figures: Script = script(
  leaseOwner,
  `
if ownerOf(KEYS[2]) ~= ARGV[2] then return false end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0} end
local info, added = redis.call('XINFO', 'STREAM', KEYS[1]), 0
for at = 1, #info, 2 do
  if info[at] == 'entries-added' then added = info[at + 1] end
end
local before = #redis.call('XRANGE', KEYS[1], '-', ARGV[1])
return {added, redis.call('XLEN', KEYS[1]) - before}
`,
);

/** Makes a journal's ids go on after a position. KEYS journal; ARGV position, its milliseconds and its count. */
export const resume: Script = script(
  evenFull,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then
  -- An entry makes the stream; nobody reads it.
  redis.call('XDEL', KEYS[1], redis.call('XADD', KEYS[1], '*', '', 's0'))
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for at = 1, #info, 2 do
  if info[at] == 'last-generated-id' then
    local time, count = string.match(info[at + 1], '(%d+)-(%d+)')
    time, count = tonumber(time), tonumber(count)
    if time < tonumber(ARGV[2]) or time == tonumber(ARGV[2]) and count < tonumber(ARGV[3]) then
      redis.call('XSETID', KEYS[1], ARGV[1])
    end
  end
end
return 1
`,
);
