import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type {
  Aead,
  KeyPair,
  NoiseCipherName,
  NoisePrimitives,
} from "../../../../runtime/wire/cipher/noise-primitives.ts";

/** Returns the primitives of a Noise protocol by the libraries of @noble, which run in every engine. */
export function noblePrimitives(cipher: NoiseCipherName): NoisePrimitives {
  const algorithm = cipher === "AESGCM" ? gcm : chacha20poly1305;
  return {
    cipher,
    hash: sha256,
    hmac: (key, data) => hmac(sha256, key, data),
    aead: (key): Aead => ({
      seal: (nonce, associated, plain, output) =>
        output.append(algorithm(key, nonce, associated).encrypt(plain)),
      open: (nonce, associated, sealed) => algorithm(key, nonce, associated).decrypt(sealed),
    }),
    generateKeyPair: () => nobleKeyPair(x25519.utils.randomSecretKey()),
  };
}

/** Returns the key pair of a private key of 32 bytes. */
export function nobleKeyPair(privateKey: Uint8Array): KeyPair {
  return {
    publicKey: x25519.getPublicKey(privateKey),
    exchange: (publicKey) => x25519.getSharedSecret(privateKey, publicKey),
  };
}
