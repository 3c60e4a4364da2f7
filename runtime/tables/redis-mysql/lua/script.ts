import { createHash } from "node:crypto";

/** A Lua function that Redis runs by its digest. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

export function script(...parts: readonly string[]): Script {
  const text = parts.map((part) => part.trim()).join("\n");
  return Object.freeze({ text, sha: createHash("sha1").update(text).digest("hex") });
}

/**
 * First part of a function that runs also when Redis has reached its `maxmemory`: one that shrinks what is there, or keeps a
 * promise for a few bytes. What grows is refused there, so that a full Redis can be emptied. Functions that only remove need
 * no flag.
 */
export const evenFull = "#!lua flags=allow-oom";

/**
 * `put(...)` is `redis.call(...)`, but answers false when Redis has reached its `maxmemory`, and then for the rest of the
 * function: Redis itself refuses only as long as a function has written nothing.
 */
export const put = `
local isFull = false
local function put(...)
  if isFull then return false end
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return true end
  if string.sub(reply.err, 1, 3) ~= 'OOM' then error(reply) end
  isFull = true
  return false
end
`;

/**
 * `empty(hash, field, text)` leaves a hash nothing but one field, and no time to live. Not by DEL: while a slot moves to
 * another server of a cluster, a key that is gone from the one cannot be written there any more.
 */
export const empty = `
local function empty(hash, field, text)
  redis.call('HSET', hash, field, text)
  local others = {}
  for _, other in ipairs(redis.call('HKEYS', hash)) do
    if other ~= field then others[#others + 1] = other end
  end
  if #others > 0 then redis.call('HDEL', hash, unpack(others)) end
  redis.call('PERSIST', hash)
end
`;

/**
 * The life of the server: another one when it has started again, and when another server has taken over, also when that one
 * gives the place back; what it tells of a former life may be old. "" when it does not say. Short, since Redis keeps hashes
 * with a text of more than 64 bytes, such as the token of a row that is filled with it, in a form that is slower to read.
 */
export const life = `
local info = redis.pcall('INFO', 'replication')
local life = type(info) == 'string' and string.sub(string.match(info, 'master_replid:(%w+)') or '', 1, 16) or ''
`;

/** `now`: the server's clock, in milliseconds since 1970. All processes compare with one clock by it. */
export const serverTime = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** `isLater(a, b)`: whether one id of a stream comes after another. */
export const isLater = `
local function isLater(a, b)
  local time, count = string.match(a, '(%d+)-(%d+)')
  local other, rest = string.match(b, '(%d+)-(%d+)')
  time, other = tonumber(time), tonumber(other)
  return time > other or time == other and tonumber(count) > tonumber(rest)
end
`;

/** What the functions of changes answer in place of a version. */
export const refusal = Object.freeze({
  /** The row is not in the cache; it must be read from MySQL first. */
  miss: -1,
  notFound: -2,
  /** The version is not the expected one. */
  moved: -3,
  exists: -4,
  range: -5,
  backlog: -6,
  noNumber: -7,
  /** The cached row lacks a field that is needed. */
  incomplete: -8,
  /** A unique value may be another row's, or may be taken just now. */
  taken: -9,
  /** No range of numbers is granted, or it is used up; or the next number is a row's already. */
  noRange: -10,
});
