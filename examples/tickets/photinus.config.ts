import { defineTopology } from "photinus";
import { protocol } from "./generated/server/index.ts";
import { keyFolder } from "./key-folder.ts";

/** The client port; 0 lets the system choose. */
const port = Number(process.env["TICKETS_PORT"] ?? 7702);
/** File of the embedded database. Default: a file of the game's own, or MySQL and Redis where their URLs are set. */
const file = process.env["TICKETS_DATA"] || undefined;

export default defineTopology({
  protocol,
  gates: [
    {
      name: "gate-1",
      listen: { port },
      // The gate has the public key alone. A guest may only ask for a ticket.
      auth: {
        jwt: { keyFile: `${keyFolder}/tickets.pem`, audience: "vault", issuer: "account" },
        guests: { count: 100 },
      },
    },
  ],
  nodes: [{ role: "account", module: "./account.ts" }],
  data: file === undefined ? {} : { embedded: { file } },
});
