import { defineTopology } from "photinus";
import { protocol } from "./generated/server/index.ts";

/** The client port; 0 lets the system choose. */
const port = Number(process.env["DUEL_PORT"] ?? 7701);
/** Where the game is kept; by default in a file of its own, or in MySQL and Redis where their URLs are set. */
const file = process.env["DUEL_DATA"] || undefined;

export default defineTopology({
  protocol,
  gates: [{ name: "gate-1", listen: { port } }],
  nodes: [
    { role: "lobby", module: "./lobby.ts" },
    { role: "arena", instances: 2, module: "./arena.ts" },
  ],
  data: file === undefined ? {} : { embedded: { file } },
});
