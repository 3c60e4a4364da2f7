import { evenFull, type Script, script, serverTime } from "./script.ts";

/*
 * Marks of write-throughs: while one stands nobody puts the row into the cache. They are in the row's hash, which has no time
 * to live meanwhile, so that no policy of eviction but `allkeys-...` takes them away: for each write a field "w" and its
 * token, whose text is when the mark ends if its writer dies, in milliseconds of the server's clock; and "w", the latest of
 * these. Each is also in the shard's list of marks, a hash, by its token: the row, "@", and the end. By that a sweep finds
 * marks that are over. Row and list are never in one call: while a slot moves they may be at two servers.
 */

/** `clean(row)`: leaves a row nothing but its marks, if it has any. `latest(row)`: brings "w" up to date. */
const marks = `
local function clean(row)
  local others = {}
  for _, field in ipairs(redis.call('HKEYS', row)) do
    if string.byte(field) ~= 119 then others[#others + 1] = field end
  end
  if #others > 0 then redis.call('HDEL', row, unpack(others)) end
end
local function latest(row)
  local all, last = redis.call('HGETALL', row), 0
  for at = 1, #all, 2 do
    if string.find(all[at], '^w.') then last = math.max(last, tonumber(all[at + 1])) end
  end
  if last > 0 then redis.call('HSET', row, 'w', string.format('%.0f', last)) else redis.call('HDEL', row, 'w') end
end
`;

/** Puts a mark on the list. KEYS list; ARGV token, row, milliseconds that it stands at most. */
export const listMark: Script = script(
  evenFull,
  serverTime,
  `
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s@%.0f', ARGV[2], now + ARGV[3]))
return 1
`,
);

/** Begins a write-through: nobody reads the row from the cache until it is over. KEYS row; ARGV token, milliseconds at most. */
export const beginWrite: Script = script(
  evenFull,
  serverTime,
  marks,
  `
local stop = string.format('%.0f', now + ARGV[2])
redis.call('HSET', KEYS[1], 'w' .. ARGV[1], stop, 'w', stop)
clean(KEYS[1])
redis.call('PERSIST', KEYS[1])
return 1
`,
);

/** Ends it. What has come into the cache nevertheless leaves it. KEYS row; ARGV token. */
export const endWrite: Script = script(
  evenFull,
  marks,
  `
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
clean(KEYS[1])
latest(KEYS[1])
return 1
`,
);

/**
 * Looks for marks that are over in a part of the list. KEYS list; ARGV cursor of HSCAN. Answers the next cursor, "0" at the
 * end, then token, row, token, row ...
 */
export const endedMarks: Script = script(
  serverTime,
  `
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)
local found = {page[1]}
for at = 1, #page[2], 2 do
  local row, stop = string.match(page[2][at + 1], '^(.*)@(%d+)$')
  if tonumber(stop) <= now then
    found[#found + 1] = page[2][at]
    found[#found + 1] = row
  end
end
return found
`,
);

/** Takes a mark that is over off its row. KEYS row; ARGV token. Answers 1 when it is gone, 0 while it stands. */
export const sweepMark: Script = script(
  evenFull,
  serverTime,
  marks,
  `
local stop = redis.call('HGET', KEYS[1], 'w' .. ARGV[1])
if not stop then return 1 end
if tonumber(stop) > now then return 0 end
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
latest(KEYS[1])
return 1
`,
);
