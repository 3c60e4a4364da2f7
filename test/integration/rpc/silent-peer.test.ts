import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { openPort } from "../../../runtime/transport/port.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";

/** So long that a peer process is not late on a machine with much to do. */
const heartbeatMs = 1_000;

function pause(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve(`still open after ${ms} ms`), ms));
}

it("a peer process that is stopped is found dead within two heartbeat intervals and a second, and its calls fail", async () => {
  let link: Link | undefined;
  const linked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  const counters = new Counters();
  const port = await openPort({
    webSocket: false,
    onTransport: (transport) => {
      link = new Link(transport, {
        clock: systemClock,
        deadlines: new Deadlines(systemClock),
        log: silentLogger,
        counters,
        name: "here",
        heartbeatMs,
        handler: {
          onAsk() {},
          onNotice: () => linked.resolve(),
          onRelay() {},
          onPush() {},
          onMapForm() {},
          onClose: (reason) => closed.resolve(reason),
        },
      });
    },
  });
  const script = fileURLToPath(new URL("peer.ts", import.meta.url));
  const args = ["-C", "photinus-source", script, String(port.port), String(heartbeatMs)];
  const peer = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  try {
    await linked.promise;
    // While it runs, pings keep an otherwise silent link open.
    await pause(4 * heartbeatMs);
    expect(link?.alive).toBe(true);

    peer.kill("SIGSTOP");
    const call = link!.call(1, raw, new Uint8Array(1), raw, { timeoutMs: 60_000 });
    const failed = expect(call).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const reason = await Promise.race([closed.promise, pause(2 * heartbeatMs + 1_000)]);
    expect(reason).toBe("the peer was silent for two heartbeat intervals");
    await failed;
    expect(counters.get("links.silent")).toBe(1);
  } finally {
    peer.kill("SIGKILL");
    await port.close();
  }
});
