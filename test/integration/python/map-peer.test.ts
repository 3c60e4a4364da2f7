import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import type { LinkHandler } from "../../../runtime/rpc/link-handler.ts";
import { openPort } from "../../../runtime/transport/port.ts";
import { fail } from "../../../schema/errors.ts";
import { pythonWithMsgpack } from "./interpreter.ts";

it("Python with struct and msgpack alone calls a link and is called by it, with result, without, and with an error", async () => {
  const heard: unknown[][] = [];
  const linked = Promise.withResolvers<Link>();
  const registered = Promise.withResolvers<void>();
  const handler: LinkHandler = {
    onAsk() {},
    onNotice() {},
    onRelay() {},
    onPush() {},
    onClose() {},
    onMapForm(name, args, _kw, reply) {
      heard.push([name, ...args, reply ? "ask" : "notice"]);
      if (name === "takeProxy") reply?.answer(null);
      else if (name === "callTarget" && args[0] === 1) reply?.answer(args[1]);
      else throw fail("NOT_FOUND", `no command ${args[0]}`);
      if (!reply) registered.resolve();
    },
  };
  const port = await openPort({
    webSocket: false,
    onTransport: (transport) =>
      linked.resolve(
        new Link(transport, {
          clock: systemClock,
          deadlines: new Deadlines(systemClock),
          log: silentLogger,
          name: "gate-1",
          handler,
        }),
      ),
  });
  const script = fileURLToPath(new URL("map_peer.py", import.meta.url));
  const python = spawn(pythonWithMsgpack(), [script, port.host, String(port.port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let output = "";
    python.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const ended = once(python, "exit");
    await registered.promise;
    const link = await linked.promise;
    const hello = new TextEncoder().encode("hello");
    expect(await link.callMapForm("callChild", [1, hello])).toEqual(hello);
    expect(await link.callMapForm("callChild", [1, { deep: [1.5, null, "é", 2 ** 40] }])).toEqual({
      deep: [1.5, null, "é", 2 ** 40],
    });
    expect(await link.callMapForm("callChild", [2])).toBe(0);
    expect(await link.callMapForm("callChild", [3])).toBeNull();
    await expect(link.callMapForm("callChild", [4])).rejects.toMatchObject({
      code: "NOT_FOUND",
      reason: "no command 4",
    });
    await expect(link.callMapForm("shout", [])).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    link.noticeMapForm("callChild", ["stop"]);
    expect(await ended).toEqual([0, null]);

    const report: unknown = JSON.parse(output.trim().split("\n").at(-1) ?? "");
    expect(report).toMatchObject({
      takeProxy: { result: null, error: null },
      echo: { result: "from python", error: null },
      unknown: { result: null, error: "NOT_FOUND: no command 404" },
      keys: ["0", "-7", "18446744073709551615", "1.0", "0.5", "''", "'é'", "b''", "b'\\xff\\x00'"],
      notices: [["callChild", "stop"]],
    });
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(heard.filter((call) => call[2] !== 0)).toEqual([
      ["takeProxy", "python", "ask"],
      ["callTarget", 1, bytes("from python"), "ask"],
      ["callTarget", 404, "ask"],
      ["callTarget", 1, bytes("nobody waits"), "notice"],
    ]);
  } finally {
    python.kill("SIGKILL");
    await port.close();
  }
});
