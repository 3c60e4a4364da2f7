/** Makes the keys that sign and verify tickets, unless they are there: `node make-keys.ts`. */
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { keyFolder } from "./key-folder.ts";

if (existsSync(`${keyFolder}/tickets.key`)) console.log(`the keys in ${keyFolder} stay`);
else {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  mkdirSync(keyFolder, { recursive: true, mode: 0o700 });
  writeFileSync(`${keyFolder}/tickets.key`, privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  writeFileSync(`${keyFolder}/tickets.pem`, publicKey.export({ type: "spki", format: "pem" }));
  console.log(`keys written to ${keyFolder}`);
}
