import { countedAddress } from "../../transport/connection/admissions.ts";

/** Bound of what one address may take of a shared resource at a time. */
export class AddressShare {
  readonly #most: number;
  readonly #ipv6PrefixBits: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number, ipv6PrefixBits: number) {
    this.#most = most;
    this.#ipv6PrefixBits = ipv6PrefixBits;
  }

  /** Takes one unit for the address of `remote`, "192.0.2.7:53122". Returns false when the address has its share already. */
  enter(remote: string): boolean {
    const address = this.#addressOf(remote);
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#most) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  /** Gives one unit back. */
  leave(remote: string): void {
    const address = this.#addressOf(remote);
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }

  #addressOf(remote: string): string {
    return countedAddress(
      remote.slice(0, Math.max(0, remote.lastIndexOf(":"))) || remote,
      this.#ipv6PrefixBits,
    );
  }
}
