/** Limits of {@link Admissions}. */
export interface AdmissionLimits {
  /** Most connections at a time, of all addresses together. */
  readonly connectionCount: number;
  /** Most connections of one address at a time. */
  readonly connectionsPerAddress: number;
  /** Leading bits of an IPv6 address that count as one address, 1 .. 128. */
  readonly ipv6PrefixBits: number;
}

/** Why a connection is rejected: too many connections in total, or too many of its address. */
export type AdmissionRefusal = "connections" | "address";

/**
 * Counts connections from accept to close, in total and by address. All IPv6 addresses of one prefix count together,
 * because a subscriber owns a whole prefix.
 */
export class Admissions {
  readonly #limits: AdmissionLimits;
  readonly #perAddress = new Map<string, number>();
  #count = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Number of admitted connections that are still open. */
  get count(): number {
    return this.#count;
  }

  /**
   * Admits a connection from a host, an address without a port. Returns undefined when it is admitted; then {@link
   * leave} has to follow. Otherwise returns the reason of the rejection.
   */
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

  /** Records the end of an admitted connection. */
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
 * Returns the key under which an address is counted. An IPv4 address is its own key, also when mapped into IPv6
 * (::ffff:0:0/96) or translated to it (64:ff9b::/96, RFC 6052). Any other IPv6 address counts by its prefix; any other
 * text as it is written.
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

/** Parses an IPv6 address in any of its written forms into its eight groups; undefined for other text. */
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
