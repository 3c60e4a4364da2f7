import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import type { Protocol } from "../../runtime/api/protocol.ts";
import { bundlers } from "../architecture/bundlers.ts";
import { text } from "../integration/gate/raw-client.ts";
import { commands, protocol, pushes } from "../integration/gate/schema.ts";
import { useWorld } from "../integration/gate/world.ts";
import { chromiumFlags, chromiumPath } from "../setup/probes.ts";

const world = useWorld();

/** The example's protocol, with a command and a push whose bodies may be compressed. */
const compressible: Protocol = {
  ...protocol,
  commands: protocol.commands.map((entry) =>
    entry.id === commands.echo.id ? { ...entry, compressible: "both" } : entry,
  ),
  pushes: protocol.pushes.map((entry) => ({ ...entry, compressible: true })),
};

test("a page expands what the gate compresses, and keeps the order of all that comes", async () => {
  const client = await bundlers["esbuild"]!(`
    export { connect, raw } from "./clients/typescript/src/index.ts";
    export { deflate } from "./clients/typescript/src/compression/deflate.ts";`);
  const { id, name } = commands.echo;
  const html = `<!doctype html><title>loading</title><script type="module">
    import { connect, deflate, raw } from "/client.js";
    const connection = await connect("ws://" + location.host, { compression: deflate() });
    const echo = { id: ${id}, name: "${name}", request: raw, reply: raw, timeoutMs: 30000, idempotent: false };
    const said = { id: ${pushes.reliable.id}, name: "said", body: raw };
    const order = [];
    connection.onPush(said, (body) => {
      order.push(Number(new TextDecoder().decode(body).split(" ")[0]));
      if (order.length === 60) document.title = order.join();
    });
    const long = "the firefly of Ada; ".repeat(200);
    const reply = await connection.request(echo, new TextEncoder().encode(long));
    document.title = new TextDecoder().decode(reply) === long ? "echoed" : "another reply";
  </script>`;
  const gate = await world.gate({
    protocol: compressible,
    compression: true,
    http: ({ url }, response) => {
      const isScript = url === "/client.js";
      response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
      response.end(isScript ? client : html);
    },
  });
  const node = await world.node("probe-1", { echo: (body) => body });
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: [...chromiumFlags],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${gate.clientAddress!.port}/`);
    await expect.poll(() => page.title(), { timeout: 30_000 }).toBe("echoed");
    // Large and small ones take turns, in chunks of many.
    for (let n = 0; n < 60; n++) {
      const body = n % 3 === 0 ? `${n} short` : `${n} ${"the firefly of Bob; ".repeat(100 + n * 20)}`;
      node.everyone().pushBytes(pushes.reliable.id, text(body));
    }
    const inOrder = Array.from({ length: 60 }, (_, n) => n).join();
    await expect.poll(() => page.title(), { timeout: 30_000 }).toBe(inOrder);
  } finally {
    await browser.close();
  }
  expect(gate.counters.get("compression.bodies")).toBe(1 + 40);
}, 60_000);
