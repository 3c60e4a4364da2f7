import { defineTopology } from "photinus";
import { protocol } from "../../generated/server/index.ts";

/** The client port; 0 lets the system choose. */
const port = Number(process.env["MEADOW_PORT"] ?? 7700);
/** File of the embedded database. Default: a file of the game's own, or MySQL and Redis where their URLs are set. */
const file = process.env["MEADOW_DATA"] || undefined;

export default defineTopology({
  protocol,
  gates: [
    {
      name: "gate-1",
      listen: { host: "127.0.0.1", port },
      classic: true,
      http: "./page.ts",
      // A firefly stays this long after its player's connection is lost.
      limits: { resumeMs: 5_000 },
    },
  ],
  nodes: [
    { role: "login", module: "./login.ts" },
    { role: "meadow", instances: 2, module: "./meadow.ts" },
    { role: "chat", module: "./chat.ts" },
  ],
  data: file === undefined ? {} : { embedded: { file } },
});
