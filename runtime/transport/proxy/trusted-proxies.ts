import { BlockList, isIP } from "node:net";

/** Description of an entry of `trustedProxies`, for errors. */
export const trustedProxyRule =
  'an IP address or a range of them, such as "10.0.0.7", "10.0.0.0/24" or "fd00::/8"';

/** Whether a value is an address or a range in CIDR notation. A range of all addresses is not: anyone could forge. */
export function isAddressOrRange(value: unknown): value is string {
  return typeof value === "string" && parse(value) !== undefined;
}

/** Addresses of proxies that are trusted to name the address of a client. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** Takes texts that {@link isAddressOrRange} accepts. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const range = parse(entry);
      if (range !== undefined) this.#list.addSubnet(range.address, range.bits, range.family);
    }
  }

  /** Whether an address, without a port, is that of a trusted proxy. False for any other text. */
  has(host: string): boolean {
    const address = plainAddress(host);
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 4 ? "ipv4" : "ipv6");
  }
}

/** Removes the zone of an IPv6 address, and shows an IPv4 address inside IPv6 as IPv4. */
export function plainAddress(host: string): string {
  const address = host.replace(/%.*$/, "");
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

function parse(entry: string): { address: string; bits: number; family: "ipv4" | "ipv6" } | undefined {
  const [address = "", bits, ...rest] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || address.includes("%") || rest.length > 0) return undefined;
  const most = family === 4 ? 32 : 128;
  const count = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : 0;
  if (count < 1 || count > most) return undefined;
  return { address, bits: count, family: family === 4 ? "ipv4" : "ipv6" };
}
