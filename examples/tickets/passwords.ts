import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { fail } from "photinus";

const shortestPassword = 8;
const longestPassword = 128;
const saltBytes = 16;
const hashBytes = 32;
/** Costs of one hash: 32 MiB of memory, and some 50 ms on a thread of the pool (OWASP recommends at least as much). */
const costs = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
/** Most hashes at a time: further sign-ins are refused, so that a flood of them costs no more memory. */
const mostHashes = 8;

/** Password as the table stores it. */
export interface StoredPassword {
  readonly salt: Uint8Array;
  readonly passwordHash: Uint8Array;
}

/** Hashes and checks passwords by scrypt. */
export class Passwords {
  #count = 0;
  /** Hash that no password has: an unknown name takes as long as a wrong password. */
  readonly #nobody: StoredPassword = { salt: randomBytes(saltBytes), passwordHash: randomBytes(hashBytes) };

  /** Hashes a new password. Throws INVALID_ARGUMENT for one that is too short or too long. */
  async store(password: string): Promise<StoredPassword> {
    if (password.length < shortestPassword || password.length > longestPassword) {
      const rule = `${shortestPassword} to ${longestPassword} characters`;
      throw fail("INVALID_ARGUMENT", `a password has ${rule}`);
    }
    const salt = randomBytes(saltBytes);
    return { salt, passwordHash: await this.#hash(password, salt) };
  }

  /** Returns whether a password is the stored one. `stored` undefined: there is no such account. */
  async matches(password: string, stored: StoredPassword | undefined): Promise<boolean> {
    const { salt, passwordHash } = stored ?? this.#nobody;
    const hash = await this.#hash(password.slice(0, longestPassword + 1), salt);
    return timingSafeEqual(hash, passwordHash) && stored !== undefined;
  }

  async #hash(password: string, salt: Uint8Array): Promise<Buffer> {
    if (this.#count >= mostHashes)
      throw fail("RESOURCE_EXHAUSTED", "too many sign-ins", { retryAfterMs: 1_000 });
    this.#count++;
    try {
      return await new Promise((resolve, reject) => {
        scrypt(password, salt, hashBytes, costs, (error, hash) => (error ? reject(error) : resolve(hash)));
      });
    } finally {
      this.#count--;
    }
  }
}
