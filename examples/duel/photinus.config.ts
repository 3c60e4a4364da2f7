import { defineTopology } from "photinus";
import { protocol } from "./generated/server/index.ts";

/** The client port; 0 lets the system choose. */
const port = Number(process.env["DUEL_PORT"] ?? 7701);
/** File of the embedded database. Default: a file of the game's own, or MySQL and Redis where their URLs are set. */
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
