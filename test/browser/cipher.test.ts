import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { newGateKey } from "../../runtime/transport/cipher/gate-keys.ts";
import { bundlers } from "../architecture/bundlers.ts";
import { commands } from "../integration/gate/schema.ts";
import { useWorld } from "../integration/gate/world.ts";
import { chromiumFlags, chromiumPath } from "../setup/probes.ts";

const world = useWorld();
let browser: Browser;
let client: string;

beforeAll(async () => {
  client = await bundlers["esbuild"]!(`
    export { connect, raw } from "./clients/typescript/src/index.ts";
    export { cipher, dialWebSocket } from "./clients/typescript/src/cipher/cipher.ts";`);
  browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: [...chromiumFlags] });
});

afterAll(() => browser?.close());

/** What an engine with a W3C WebSocket does, in the engine of a browser. */
function html(gate: string, gateKey: string, suite: string): string {
  const { id, name } = commands.echo;
  return `<!doctype html><script type="module">
    import { cipher, connect, dialWebSocket, raw } from "/client.js";
    const dial = cipher(dialWebSocket, { gateKey: "${gateKey}", suite: "${suite}" });
    const echo = { id: ${id}, name: "${name}", request: raw, reply: raw, timeoutMs: 15000, idempotent: false };
    try {
      const connection = await connect("${gate}", { dial });
      const bodies = Array.from({ length: 20 }, (_, n) => new TextEncoder().encode("body " + n));
      const replies = await Promise.all(bodies.map((body) => connection.request(echo, body)));
      document.title = replies.map((reply) => new TextDecoder().decode(reply)).join();
      await connection.close();
    } catch (error) {
      document.title = "failed: " + error.message;
    }
  </script>`;
}

test.each(["ChaChaPoly", "AESGCM"])(
  "a WebSocket of a browser's engine is encrypted by %s, and refuses another key",
  async (suite) => {
    const { lines, publicKey } = newGateKey();
    process.env["TEST_GATE_KEY"] = lines.split("\n").at(-2)!;
    onTestFinished(() => void delete process.env["TEST_GATE_KEY"]);
    const gate = await world.gate({ listen: { cipher: { keyEnv: "TEST_GATE_KEY" } }, origins: "*" });
    await world.node("probe-1", { echo: (body) => body });
    const address = `ws://127.0.0.1:${gate.clientAddress!.port}/`;
    const server = createServer((request, response) => {
      const isClient = request.url === "/client.js";
      const key = request.url === "/wrong" ? newGateKey().publicKey : publicKey;
      response.setHeader("Content-Type", isClient ? "text/javascript" : "text/html");
      response.end(isClient ? client : html(address, key, suite));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    world.atEnd(() => server.close());
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const soon = { timeout: 20_000, interval: 50 };
    await page.goto(`${from}/`);
    const expected = Array.from({ length: 20 }, (_, n) => `body ${n}`).join();
    await expect.poll(() => page.title(), soon).toBe(expected);
    expect(gate.counters.get("connections.encrypted")).toBe(1);

    await page.goto(`${from}/wrong`);
    await expect.poll(() => page.title(), soon).toContain("check that gateKey is the key of this gate");
    expect(gate.counters.get("connections.refused.cipher-handshake")).toBe(1);
  },
);
