import { evenFull, type Script, script, serverTime } from "./script.ts";

/*
 * The lease of a shard: its owner brings the journal to MySQL. The key has no time to live, so that no policy of eviction but `allkeys-...` takes it
 * away: its text is the owner, "@", and when that ends, in milliseconds of the server's clock. A lease whose end has passed
 * is its owner's until another takes it.
 */

/** `ownerOf(lease)`: the owner and the end, both nil when there is none. */
export const leaseOwner = `
local function ownerOf(lease)
  local owner, stop = string.match(redis.call('GET', lease) or '', '^(.*)@(%d+)$')
  return owner, tonumber(stop)
end
`;

/** Takes a lease that nobody else has. KEYS lease; ARGV owner, milliseconds. Answers 1, or 0 while another has it. */
export const take: Script = script(
  evenFull,
  serverTime,
  leaseOwner,
  `
local owner, stop = ownerOf(KEYS[1])
if owner and owner ~= ARGV[1] and stop > now then return 0 end
redis.call('SET', KEYS[1], string.format('%s@%.0f', ARGV[1], now + ARGV[2]))
return 1
`,
);

/** Keeps a lease. KEYS lease; ARGV owner, milliseconds. Answers 1 while it is the owner's. */
export const renew: Script = script(
  evenFull,
  serverTime,
  leaseOwner,
  `
if ownerOf(KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], string.format('%s@%.0f', ARGV[1], now + ARGV[2]))
return 1
`,
);

/** Lets a lease go. KEYS lease; ARGV owner. */
export const drop: Script = script(
  leaseOwner,
  `
if ownerOf(KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`,
);

/** Answers the owner of a lease whose end has not passed, or false. KEYS lease. */
export const current: Script = script(
  serverTime,
  leaseOwner,
  `
local owner, stop = ownerOf(KEYS[1])
return owner and stop > now and owner or false
`,
);
