import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
} from "node:crypto";
import {
  type Aead,
  type KeyPair,
  keyBytes,
  type NoiseCipherName,
  type NoisePrimitives,
  tagBytes,
} from "../../wire/cipher/noise-primitives.ts";
import type { Writer } from "../../wire/codec/writer.ts";

/** Returns the primitives of a Noise protocol by `node:crypto`. */
export function nodePrimitives(cipher: NoiseCipherName): NoisePrimitives {
  return {
    cipher,
    hash: (data) => hash("sha256", data, "buffer"),
    hmac: hmacSha256,
    aead: (key) => aeadOf(cipher, createSecretKey(key)),
    generateKeyPair: () => keyPairOf(generateKeyPairSync("x25519").privateKey),
  };
}

/** Size of a block of SHA-256, in bytes. */
const blockBytes = 64;

/** HMAC (RFC 2104) of a key of at most one block. Two hashes at once cost half of an object of `createHmac`. */
function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  const inner = new Uint8Array(blockBytes + data.length).fill(0x36, 0, blockBytes);
  const outer = new Uint8Array(blockBytes + keyBytes).fill(0x5c, 0, blockBytes);
  for (let at = 0; at < key.length; at++) {
    inner[at]! ^= key[at]!;
    outer[at]! ^= key[at]!;
  }
  inner.set(data, blockBytes);
  outer.set(hash("sha256", inner, "buffer"), blockBytes);
  return hash("sha256", outer, "buffer");
}

/** Returns the key pair of a private key of 32 bytes (RFC 7748). */
export function keyPairFrom(privateKey: Uint8Array): KeyPair {
  const key = Buffer.concat([pkcs8Head, privateKey]);
  return keyPairOf(createPrivateKey({ key, format: "der", type: "pkcs8" }));
}

/** Makes a new private key of 32 bytes. */
export function newPrivateKey(): Uint8Array {
  const { d = "" } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  return Buffer.from(d, "base64url");
}

/** Bytes before the 32 bytes of a private key in PKCS #8 (RFC 8410, section 7). */
const pkcs8Head = Buffer.from("302e020100300506032b656e04220420", "hex");

function keyPairOf(privateKey: KeyObject): KeyPair {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return {
    publicKey: Buffer.from(x, "base64url"),
    // OpenSSL refuses a point of low order, because the secret is zero.
    exchange: (publicKey) => diffieHellman({ privateKey, publicKey: publicKeyOf(publicKey) }),
  };
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  if (bytes.length !== keyBytes)
    throw new Error(`found a public key of ${bytes.length} bytes, not ${keyBytes}`);
  const { buffer, byteOffset, byteLength } = bytes;
  const x = Buffer.from(buffer, byteOffset, byteLength).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
}

function aeadOf(cipher: NoiseCipherName, key: KeyObject): Aead {
  const options = { authTagLength: tagBytes };
  // Two literals, because the types of each algorithm differ.
  const seals =
    cipher === "AESGCM"
      ? (nonce: Uint8Array) => createCipheriv("aes-256-gcm", key, nonce, options)
      : (nonce: Uint8Array) => createCipheriv("chacha20-poly1305", key, nonce, options);
  const opens =
    cipher === "AESGCM"
      ? (nonce: Uint8Array) => createDecipheriv("aes-256-gcm", key, nonce, options)
      : (nonce: Uint8Array) => createDecipheriv("chacha20-poly1305", key, nonce, options);
  return {
    seal(nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array, output: Writer): void {
      const sealing = seals(nonce);
      if (associated.length > 0) sealing.setAAD(associated, { plaintextLength: plain.length });
      output.append(sealing.update(plain));
      sealing.final();
      output.append(sealing.getAuthTag());
    },
    open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array {
      const end = sealed.length - tagBytes;
      const opening = opens(nonce);
      if (associated.length > 0) opening.setAAD(associated, { plaintextLength: end });
      opening.setAuthTag(sealed.subarray(end));
      const plain = opening.update(sealed.subarray(0, end));
      // Throws when the tag does not match: nothing of `plain` is used then.
      opening.final();
      return plain;
    },
  };
}
