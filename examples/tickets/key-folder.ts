import { fileURLToPath } from "node:url";

/** Folder of the keys. `make-keys.ts` makes them; the private one stays with the login service. */
export const keyFolder: string =
  process.env["TICKETS_KEYS"] ?? fileURLToPath(new URL("./.photinus", import.meta.url));
