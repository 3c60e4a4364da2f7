import { type Script, script } from "./script.ts";

/**
 * Announces that a row will be read from MySQL. KEYS row; ARGV token, milliseconds that it holds. Answers 1 when the row is
 * in the cache by now, 0 when a write-through is under way (read MySQL, fill nothing), or the token to fill with. Whatever
 * changes the row meanwhile takes the token away, so that no old state can come into the cache.
 */
export const open: Script = script(`
local head = redis.call('HMGET', KEYS[1], 'v', 'w', 'f')
if head[1] then return 1 end
if head[2] then return 0 end
if not head[3] then redis.call('HSET', KEYS[1], 'f', ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return head[3] or ARGV[1]
`);

/**
 * Puts into the cache what MySQL has. KEYS row; ARGV token, time to live in milliseconds (0 for ever), version, then field,
 * text ...; the version of a row that is not there is "". Answers 1, or 0 when the token is no longer good.
 */
export const fill: Script = script(`
if redis.call('HGET', KEYS[1], 'f') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[3] == '' then redis.call('HSET', KEYS[1], 'v', '-0')
else redis.call('HSET', KEYS[1], 'v', ARGV[3], unpack(ARGV, 4)) end
if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`);

/** Gives a cached row its whole time to live, unless MySQL does not have it yet. KEYS row; ARGV milliseconds. */
export const touch: Script = script(`
local v = redis.call('HGET', KEYS[1], 'v')
if v and string.find(v, '^%d+$') then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 0
`);

/** Begins a write-through: nobody reads the row from the cache until it is over. KEYS row; ARGV milliseconds at most. */
export const beginWrite: Script = script(`
local count = tonumber(redis.call('HGET', KEYS[1], 'w') or '0') + 1
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'w', count)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return count
`);

/** Ends it. KEYS row. */
export const endWrite: Script = script(`
local count = tonumber(redis.call('HGET', KEYS[1], 'w') or '0') - 1
if count > 0 then redis.call('HSET', KEYS[1], 'w', count) else redis.call('DEL', KEYS[1]) end
return count
`);
