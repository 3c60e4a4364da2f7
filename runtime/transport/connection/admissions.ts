import { type Clock, systemClock } from "../../clock/clock.ts";
import { type Buckets, type Rate, type RateLimit, rateLimitOf } from "../../clock/rate-limit.ts";
import { AddressTable, addressBudget } from "./address-table.ts";

/** Limits of {@link Admissions}. */
export interface AdmissionLimits {
  /** Most connections at a time, of all addresses together. */
  readonly connectionCount: number;
  /** Most connections of one address at a time. */
  readonly connectionsPerAddress: number;
  /** Leading bits of an IPv6 address that count as one address, 1 .. 128. */
  readonly ipv6PrefixBits: number;
  /** Rate of new connections of one address; false or left out: no limit. */
  readonly connectRate?: Rate | false | undefined;
}

/**
 * Why a connection is rejected: too many connections in total, too many of its address, or too many new ones of its address in a short
 * time.
 */
export type AdmissionRefusal = "connections" | "address" | "address-rate";

/**
 * Counts connections from accept to close, in total and by address. All IPv6 addresses of one prefix count together,
 * because a subscriber owns a whole prefix.
 */
export class Admissions {
  readonly #limits: AdmissionLimits;
  readonly #connectRate: RateLimit | undefined;
  readonly #clock: Clock;
  readonly #addresses = new AddressTable();
  #count = 0;

  constructor(limits: AdmissionLimits, clock: Clock = systemClock) {
    this.#limits = limits;
    this.#connectRate = rateLimitOf(limits.connectRate);
    this.#clock = clock;
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
    const now = this.#clock.now();
    const entry = this.#addresses.of(address, now);
    if (entry.count >= connectionsPerAddress) return "address";
    const waitMs = this.#connectRate?.take(entry.buckets, addressBudget.connections, now) ?? 0;
    if (waitMs > 0) return "address-rate";
    entry.count++;
    this.#count++;
    return undefined;
  }

  /**
   * Returns the token buckets of a host's address, by {@link addressBudget}; undefined for an address without a connection. They are
   * shared by all connections of the address.
   */
  bucketsOf(host: string): Buckets | undefined {
    return this.#addresses.get(countedAddress(host, this.#limits.ipv6PrefixBits))?.buckets;
  }

  /** Records the end of an admitted connection. */
  leave(host: string): void {
    const address = countedAddress(host, this.#limits.ipv6PrefixBits);
    const entry = this.#addresses.get(address);
    if (entry === undefined || entry.count === 0) return;
    this.#count--;
    if (--entry.count === 0) this.#addresses.rest(entry, this.#clock.now());
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
