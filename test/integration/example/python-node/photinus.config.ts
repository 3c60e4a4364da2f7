import { defineTopology } from "photinus";
import { protocol } from "../../../../generated/server/index.ts";

const folder = "../../../../examples/meadow";

/** The example with a node that another program starts. */
export default defineTopology({
  protocol,
  gates: [{ name: "gate-1", listen: { port: 0 } }],
  nodes: [
    { role: "login", module: `${folder}/login.ts` },
    { role: "meadow", module: `${folder}/meadow.ts` },
    { role: "chat", module: `${folder}/chat.ts` },
    { role: "python", name: "python", external: true },
  ],
});
