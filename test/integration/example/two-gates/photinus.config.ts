import { defineTopology } from "photinus";
import { protocol } from "../../../../generated/server/index.ts";

/** The example with two gates, times that a test can wait for, and players that are the same at both gates. */
export default defineTopology({
  protocol,
  gates: ["gate-1", "gate-2"].map((name) => ({
    name,
    listen: { port: 0 },
    heartbeatMs: 1_000,
    limits: { resumeMs: 500 },
  })),
  nodes: [
    { role: "login", module: "./login.ts" },
    { role: "meadow", instances: 2, module: "../../../../examples/meadow/meadow.ts" },
    { role: "chat", module: "../../../../examples/meadow/chat.ts" },
  ],
});
