import { type Script, script } from "./script.ts";

/**
 * Keeps what MySQL refused. KEYS dead letters, row; ARGV id of the row's last change, then the letter's fields, t and k
 * first. The same refusal met again after a crash is kept once.
 */
export const bury: Script = script(`
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'x', ARGV[1]) end
for _, letter in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1000)) do
  if letter[2][2] == ARGV[1] and letter[2][4] == ARGV[3] and letter[2][6] == ARGV[5] then return 0 end
end
redis.call('XADD', KEYS[1], '*', 'd', unpack(ARGV))
return 1
`);

/**
 * Puts a row into the journal once more. KEYS row, journal; ARGV table and key ("hero:42"). Answers 0 when the cache has
 * lost it.
 */
export const again: Script = script(`
local version = string.match(redis.call('HGET', KEYS[1], 'v') or '', '^-?%d+')
if not version then return 0 end
local id = redis.call('XADD', KEYS[2], '*', ARGV[1], 's' .. string.match(version, '%d+'))
redis.call('HSET', KEYS[1], 'v', version .. '@' .. id)
redis.call('PERSIST', KEYS[1])
return 1
`);

/** Gives up what MySQL refused of a row: the cache reads it anew, unless it has changed since. KEYS row. */
export const dropRow: Script = script(`
local head = redis.call('HMGET', KEYS[1], 'v', 'x')
local id = string.match(head[1] or '', '@(.*)')
if not id or id == head[2] then return redis.call('DEL', KEYS[1]) end
redis.call('HDEL', KEYS[1], 'x')
return 0
`);
