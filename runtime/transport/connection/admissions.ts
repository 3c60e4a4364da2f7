/** Bounds of {@link Admissions}. */
export interface AdmissionLimits {
  /** Connections at a time, of all addresses together. */
  readonly connectionCount: number;
  /** Connections of one address at a time. */
  readonly connectionsPerAddress: number;
  /** How many leading bits of an IPv6 address count as one address, 1 .. 128. */
  readonly ipv6PrefixBits: number;
}

/** Why a connection is refused: too many of all addresses, or too many of its own. */
export type AdmissionRefusal = "connections" | "address";

/**
 * Counts connections from accept to their end, whatever they have said, in total and by address. An IPv6 address counts
 * with all others of its prefix, since every subscriber is given a whole prefix of them.
 */
export class Admissions {
  readonly #limits: AdmissionLimits;
  readonly #perAddress = new Map<string, number>();
  #count = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Connections that were let in and have not ended. */
  get count(): number {
    return this.#count;
  }

  /** Counts a connection of a host, an address without a port. Undefined: it is in, and must be given back by {@link leave}. */
  enter(host: string): AdmissionRefusal | undefined {
    const { connectionCount, connectionsPerAddress, ipv6PrefixBits } = this.#limits;
    if (this.#count >= connectionCount) return "connections";
    const address = countedAddress(host, ipv6PrefixBits);
    const here = this.#perAddress.get(address) ?? 0;
    if (here >= connectionsPerAddress) return "address";
    this.#perAddress.set(address, here + 1);
    this.#count++;
    return undefined;
  }

  /** A connection that entered has ended. */
  leave(host: string): void {
    const address = countedAddress(host, this.#limits.ipv6PrefixBits);
    const here = this.#perAddress.get(address);
    if (here === undefined) return;
    this.#count--;
    if (here > 1) this.#perAddress.set(address, here - 1);
    else this.#perAddress.delete(address);
  }
}

const groupCount = 8;
const groupBits = 16;

/**
 * What an address counts as: an IPv4 address as itself, also where it is mapped into IPv6 (::ffff:0:0/96) or translated to it
 * (64:ff9b::/96, RFC 6052), and another IPv6 address as its prefix. What is no IP address counts as it is written.
 */
export function countedAddress(host: string, prefixBits: number): string {
  if (!host.includes(":")) return host;
  const groups = groupsOf(host);
  if (groups === undefined) return host;
  const high = groups.slice(0, 6).join(":");
  if (high === "0:0:0:0:0:65535" || high === "100:65435:0:0:0:0") {
    const [a = 0, b = 0] = groups.slice(6);
    return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
  }
  const kept = groups.map((group, at) => {
    const bits = Math.min(Math.max(prefixBits - at * groupBits, 0), groupBits);
    return group & (0xffff << (groupBits - bits)) & 0xffff;
  });
  return `${kept.map((group) => group.toString(16)).join(":")}/${prefixBits}`;
}

/** The eight groups of an IPv6 address in any of its written forms; undefined for what is none. */
function groupsOf(host: string): number[] | undefined {
  const plain = host.replace(/^\[|\]$|%.*$/g, "").replace(dotted, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.slice(0, 4).map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [before = "", after, ...more] = plain.split("::");
  if (more.length > 0) return undefined;
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const missing = groupCount - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}

const dotted = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
