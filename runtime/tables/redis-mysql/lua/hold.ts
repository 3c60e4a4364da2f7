import { notes } from "./bloom.ts";
import { type Script, script, serverTime } from "./script.ts";

/*
 * Unique values while they are taken. KEYS holds of shards: a hash without a time to live, so that no policy of eviction but
 * `allkeys-...` takes a hold away. Its fields are values ("hero:name:3:bob"); a field's text is the token of who holds the
 * value, "@", and when that ends, in milliseconds of the server's clock. A hold whose end has passed is none: `sweep`
 * removes those whose processes have died.
 */

/** `holderOf(holds, value)`: who holds a value, and until when by `now`; nil when nobody does. */
export const holder = `
${serverTime}
local function holderOf(holds, value)
  local owner, stop = string.match(redis.call('HGET', holds, value) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
`;

/**
 * Holds a value that nobody else holds, and notes it in its index's Bloom filter. KEYS holds of its shard; ARGV milliseconds,
 * value, token, then on one server the head of the filter and two hashes. Answers 1, also when the token held it already, or
 * 0 while another has it.
 */
export const hold: Script = script(
  holder,
  notes,
  `
local owner, stop = holderOf(KEYS[1], ARGV[2])
if owner and owner ~= ARGV[3] and stop > now then return 0 end
if ARGV[4] then
  note(ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]))
  counted()
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. string.format('@%.0f', now + ARGV[1]))
return 1
`,
);

/**
 * Lets values go. KEYS for each value the holds of its shard; ARGV for each: value, token. Answers for each 1, or 0 when the
 * token does not hold it.
 */
export const release: Script = script(
  holder,
  `
local answers = {}
for at, holds in ipairs(KEYS) do
  local value, token = ARGV[at * 2 - 1], ARGV[at * 2]
  answers[at] = holderOf(holds, value) == token and redis.call('HDEL', holds, value) or 0
end
return answers
`,
);

/** Removes a part of the holds whose end has passed. KEYS holds; ARGV cursor of HSCAN. Answers a list of the next cursor, "0" at the end. */
export const sweep: Script = script(
  holder,
  `
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', 500)
for at = 1, #page[2], 2 do
  local value = page[2][at]
  local _, stop = holderOf(KEYS[1], value)
  if not stop or stop <= now then redis.call('HDEL', KEYS[1], value) end
end
return {page[1]}
`,
);
