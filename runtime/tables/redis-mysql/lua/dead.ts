import { evenFull, isLater, type Script, script } from "./script.ts";

/**
 * Keeps what MySQL refused. KEYS dead letters, row; ARGV id of the row's last change, then the letter's fields, t and k
 * first. The same refusal met again after a crash is kept once.
 */
export const bury: Script = script(
  evenFull,
  `
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'x', ARGV[1]) end
for _, letter in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1000)) do
  if letter[2][2] == ARGV[1] and letter[2][4] == ARGV[3] and letter[2][6] == ARGV[5] then return 0 end
end
redis.call('XADD', KEYS[1], '*', 'd', unpack(ARGV))
return 1
`,
);

/**
 * `signsOf(last)` gives the overlays that a letter names, each as its key and the row's sign there; with `last` only where no
 * later change than it has written the sign. As in changes they are not among KEYS.
 */
const signs = `
${isLater}
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
`;

/**
 * `journalled(version)` puts a row into the journal once more. From then on the overlays of the letter are those of this entry,
 * which the journal clears, or another letter names; also where a later change has signed them: of entries that name one
 * overlay, the last is the one that clears it.
 */
const journalled = `
local function journalled(version)
  local list, owner = signsOf()
  local id = redis.call('XADD', KEYS[2], '*', ARGV[1], 's' .. string.match(version, '%d+'), 'x', ARGV[3])
  for _, one in ipairs(list) do redis.call('HSET', one[1], owner, one[2] .. id) end
  redis.call('HSET', KEYS[1], 'v', version .. '@' .. id)
  redis.call('PERSIST', KEYS[1])
  return 1
end
`;

/** `uncovered(last)`: the row leaves the overlays of a letter; what MySQL has of it is all there is. */
const uncovered = `
local function uncovered(last)
  local list, owner = signsOf(last)
  for _, one in ipairs(list) do redis.call('HDEL', one[1], owner) end
end
`;

/**
 * Puts a row into the journal once more. KEYS row, journal; ARGV table and key ("hero:42"), the letter's last change, names of
 * its overlays. Answers 0 when the cache has lost it: then it is as MySQL has it.
 */
export const again: Script = script(
  signs,
  journalled,
  uncovered,
  `
local version = string.match(redis.call('HGET', KEYS[1], 'v') or '', '^-?%d+')
if version then return journalled(version) end
uncovered(ARGV[2])
return 0
`,
);

/**
 * Gives up what MySQL refused of a row: the cache reads it anew. KEYS and ARGV like `again`. When a later change of the row waits,
 * which is of the whole row and may be refused too, that one decides.
 */
export const dropRow: Script = script(
  evenFull,
  signs,
  journalled,
  uncovered,
  `
local head = redis.call('HMGET', KEYS[1], 'v', 'x')
local version, id = string.match(head[1] or '', '^(-?%d+)@(.*)')
if id and id ~= head[2] then return journalled(version) end
uncovered(ARGV[2])
return redis.call('DEL', KEYS[1])
`,
);

/**
 * Closes a letter whose row MySQL has by now, with its change or a later one. KEYS row, journal, dead letters; ARGV like
 * `again`, then the letter's id. Answers 0 when it was closed already.
 */
export const close: Script = script(
  evenFull,
  signs,
  uncovered,
  `
uncovered(ARGV[2])
return redis.call('XDEL', KEYS[3], ARGV[4])
`,
);

/** Takes the mark of a refusal from a row, once its letters are closed. KEYS row; ARGV the change that was written since. */
export const unmark: Script = script(
  isLater,
  `
local refused = redis.call('HGET', KEYS[1], 'x')
if refused and not isLater(refused, ARGV[1]) then redis.call('HDEL', KEYS[1], 'x') end
return 0
`,
);
