import { evenFull, life, put, type Script, script, serverTime } from "./script.ts";

/**
 * Rows as they are, each as HGETALL gives it. KEYS rows. Those that came here before the server started leave the cache: it
 * may have forgotten that they did so already, as no journal says of these tables what it has lost.
 */
export const current: Script = script(
  life,
  `
local rows = {}
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'e')
  if head[1] and head[2] ~= life and not string.find(head[1], '@') then redis.call('DEL', row) end
  rows[at] = redis.call('HGETALL', row)
end
return rows
`,
);

/**
 * Announces that rows will be read from MySQL. KEYS rows; ARGV token, milliseconds that it holds. Answers for each row 1 when
 * it is in the cache by now, 0 when a write-through is under way and 2 when Redis has no memory left (read MySQL, fill
 * nothing), or the token to fill with.
 * Whatever changes a row meanwhile takes its token away, so that no old state can come into the cache.
 */
export const open: Script = script(
  life,
  serverTime,
  put,
  `
local answers, token = {}, ARGV[1] .. '@' .. life
for at, row in ipairs(KEYS) do
  local head = redis.call('HMGET', row, 'v', 'w', 'f')
  if head[1] then answers[at] = 1
  elseif head[2] and tonumber(head[2]) > now then answers[at] = 0
  else
    -- Marks that are over; the key stays meanwhile.
    local marks = head[2] and redis.call('HKEYS', row)
    local isGood = head[3] and string.sub(head[3], -#life - 1) == '@' .. life
    if isGood or put('HSET', row, 'f', token) then
      for _, mark in ipairs(marks or {}) do
        if string.byte(mark) == 119 then redis.call('HDEL', row, mark) end
      end
      redis.call('PEXPIRE', row, ARGV[2])
      answers[at] = isGood and head[3] or token
    else answers[at] = 2 end
  end
end
return answers
`,
);

/**
 * Puts into the cache what MySQL has. KEYS rows; ARGV "1" when the rows are good for this life of the server only, else "0";
 * then for each row: token, time to live in milliseconds (0 for ever), how many arguments follow the version, version, then
 * field, text ...; the version of a row that is not there is "". Answers for each row 1, 0 when its token is no longer
 * good, or 2 when it is and Redis has no memory left.
 */
export const fill: Script = script(
  life,
  put,
  `
local answers, at = {}, 2
for number, row in ipairs(KEYS) do
  local token, ttl, count, version = unpack(ARGV, at, at + 3)
  local last = at + 3 + tonumber(count)
  answers[number] = 0
  if redis.call('HGET', row, 'f') == token and string.sub(token, -#life - 1) == '@' .. life then
    local isPut
    if version == '' then isPut = put('HSET', row, 'v', '-0')
    else isPut = put('HSET', row, 'v', version, unpack(ARGV, at + 4, last)) end
    redis.call('HDEL', row, 'f', 'x')
    if isPut then
      if ARGV[1] == '1' then redis.call('HSET', row, 'e', life) end
      if ttl ~= '0' then redis.call('PEXPIRE', row, ttl) else redis.call('PERSIST', row) end
    end
    answers[number] = isPut and 1 or 2
  end
  at = last + 1
end
return answers
`,
);

/**
 * Announces that columns which a cached row lacks will be read from MySQL. KEYS row; ARGV token. Answers the token to
 * complete it with, or false when the row is not there.
 */
export const reopen: Script = script(
  evenFull,
  `
local v = redis.call('HGET', KEYS[1], 'v')
if not v or string.byte(v) == 45 then return false end
redis.call('HSETNX', KEYS[1], 'f', ARGV[1])
return redis.call('HGET', KEYS[1], 'f')
`,
);

/**
 * Gives a row columns that it lacks, unless they are there by now. KEYS row; ARGV token, then field, text ... Answers 0 when
 * the token is no longer good.
 */
export const complete: Script = script(
  evenFull,
  `
if redis.call('HGET', KEYS[1], 'f') ~= ARGV[1] then return 0 end
for at = 2, #ARGV, 2 do
  local field = string.match(ARGV[at], '^n?(.*)$')
  if redis.call('HEXISTS', KEYS[1], field) == 0 and redis.call('HEXISTS', KEYS[1], 'n' .. field) == 0 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  end
end
redis.call('HDEL', KEYS[1], 'f')
return 1
`,
);

/** Gives a cached row its whole time to live, unless MySQL does not have it yet. KEYS row; ARGV milliseconds. */
export const touch: Script = script(`
local v = redis.call('HGET', KEYS[1], 'v')
if v and string.find(v, '^%d+$') then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 0
`);
