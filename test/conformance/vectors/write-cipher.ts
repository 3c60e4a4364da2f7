/** Writes `cipher.json`: `node -C photinus-source test/conformance/vectors/write-cipher.ts`. */
import { writeFileSync } from "node:fs";
import { keyPairFrom, nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import { cipherVector } from "./cipher-conversation.ts";

const parts = { primitives: nodePrimitives, keyPair: keyPairFrom };
const vectors = (["ChaChaPoly", "AESGCM"] as const).map((cipher) => cipherVector(cipher, parts));
const about =
  "Two encrypted connections with known keys, as chapter 9 of docs/PROTOCOL.md tells them. " +
  '"opening" is preamble and first message, "answer" the second one. A record is its length and its sealed bytes; ' +
  '"number" counts the records of one direction from 0. Record 65,536 is the first one after a rekey.';
const file = new URL("cipher.json", import.meta.url);
writeFileSync(file, `${JSON.stringify({ about, vectors }, undefined, 2)}\n`);
