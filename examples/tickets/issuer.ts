import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { keyFolder } from "./key-folder.ts";

/** How long a ticket is valid, in seconds. The client renews it before. */
const lifeSeconds = 600;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Issues tickets: JSON Web Tokens, signed with Ed25519. */
export class Issuer {
  readonly #key = createPrivateKey(readFileSync(`${keyFolder}/tickets.key`));

  /** Returns a ticket of a user. */
  issue(userId: bigint): Uint8Array {
    // With fractions, so that a ticket that follows a revocation within a second is younger.
    const iat = Date.now() / 1_000;
    const claims = {
      iss: "account",
      aud: "vault",
      // A decimal text: user ids have 64 bits.
      sub: String(userId),
      iat,
      exp: Math.floor(iat) + lifeSeconds,
      jti: randomUUID(),
    };
    const content = `${encoded({ alg: "EdDSA", typ: "JWT" })}.${encoded(claims)}`;
    const signature = sign(null, Buffer.from(content), this.#key).toString("base64url");
    return new TextEncoder().encode(`${content}.${signature}`);
  }
}
