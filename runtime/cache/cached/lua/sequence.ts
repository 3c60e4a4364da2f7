import { evenFull, type Script, script, life as serverLife } from "./script.ts";

/*
 * KEYS sequence: a hash with n the last number given, c the last of the range that MySQL granted, e the life of the server.
 * After a restart or a failover Redis may have forgotten numbers that it gave: a range is good for one life only.
 */
const life = `
${serverLife}
local head = redis.call('HMGET', KEYS[1], 'n', 'c', 'e')
local isGood = life ~= '' and head[3] == life
`;

/**
 * The next numbers. ARGV how many at most. Answers the last of them, how many remain of the range, and how many they are; or
 * false when MySQL must grant a range first.
 */
export const next: Script = script(
  evenFull,
  life,
  `
if not isGood or tonumber(head[1]) >= tonumber(head[2]) then return false end
local count = math.min(tonumber(ARGV[1]), tonumber(head[2]) - tonumber(head[1]))
local given = redis.call('HINCRBY', KEYS[1], 'n', count)
return {string.format('%.0f', given), tonumber(head[2]) - given, count}
`,
);

/** Skips the numbers up to one that a caller chose. ARGV number. Answers 0 when MySQL must grant a range after it first. */
export const skip: Script = script(
  evenFull,
  life,
  `
if not isGood or tonumber(ARGV[1]) > tonumber(head[2]) then return 0 end
if tonumber(ARGV[1]) > tonumber(head[1]) then redis.call('HSET', KEYS[1], 'n', ARGV[1]) end
return 1
`,
);

/** Takes a range that MySQL granted. ARGV number before its first, its last. */
export const grant: Script = script(
  evenFull,
  life,
  `
if not isGood or tonumber(ARGV[2]) > tonumber(head[2]) then
  redis.call('HSET', KEYS[1], 'n', ARGV[1], 'c', ARGV[2], 'e', life)
end
return 1
`,
);
