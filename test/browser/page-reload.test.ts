import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundlers } from "../architecture/bundlers.ts";
import { text } from "../integration/gate/raw-client.ts";
import { commands, pushes, reliable } from "../integration/gate/schema.ts";
import { useWorld } from "../integration/gate/world.ts";
import { chromiumFlags, chromiumPath } from "../setup/probes.ts";

const world = useWorld();
const soon = { timeout: 15_000, interval: 50 };

let browser: Browser;
let client: string;

beforeAll(async () => {
  client = await bundlers["esbuild"]!('export { connect, raw } from "./clients/typescript/src/index.ts";');
  browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: [...chromiumFlags] });
});

afterAll(() => browser?.close());

/** The page under test: what README.md of the client says about a reloaded page. */
function html(gate: string): string {
  const command = ({ id, name }: { id: number; name: string }) =>
    `{ id: ${id}, name: "${name}", request: raw, reply: raw, timeoutMs: 5000, idempotent: false }`;
  return `<!doctype html><title>loading</title><script type="module">
    import { connect, raw } from "/client.js";
    const resumeFrom = sessionStorage.getItem("session") ?? "";
    sessionStorage.removeItem("session");
    const reconnect = { minDelayMs: 600_000, maxDelayMs: 600_000, jitter: 0 };
    const connection = await connect("${gate}", { resumeFrom, reconnect });
    const heard = JSON.parse(sessionStorage.getItem("heard") ?? "[]");
    connection.onPush({ id: ${pushes.reliable.id}, name: "said", body: raw }, (body) => {
      heard.push(new TextDecoder().decode(body));
      sessionStorage.setItem("heard", JSON.stringify(heard));
    });
    connection.onState(({ attempt }) => (globalThis.attempt = attempt));
    const commands = { login: ${command(commands.login)}, act: ${command(commands.act)} };
    const ask = async (name, words) => {
      const reply = await connection.request(commands[name], new TextEncoder().encode(words));
      return new TextDecoder().decode(reply);
    };
    addEventListener("pagehide", () => sessionStorage.setItem("session", connection.resumeState()));
    Object.assign(globalThis, { connection, heard, ask });
    document.title = connection.resumed ? "resumed" : "new";
  </script>`;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  world.atEnd(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A gate, a node, a network between them and the browser that can be cut, and the address of the page. */
async function game() {
  const gate = await world.gate();
  const node = await world.node("probe-1", {
    async login(_, ctx) {
      await ctx.session.bind(7n);
      return text("");
    },
    act: (body) => body,
  });
  const sockets = new Set<Socket>();
  const network = { isUp: true, cut: () => sockets.forEach((socket) => void socket.destroy()) };
  world.atEnd(network.cut);
  const proxy = createServer((near) => {
    near.on("error", () => {});
    if (!network.isUp) {
      near.destroy();
      return;
    }
    const far = connectSocket(gate.clientAddress!);
    far.on("error", () => {});
    for (const socket of [near, far]) sockets.add(socket);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  const body = html(`ws://127.0.0.1:${await listening(proxy)}`);
  const pages = createHttpServer((request, response) => {
    const isScript = request.url === "/client.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? client : body);
  });
  const url = `http://127.0.0.1:${await listening(pages)}/`;
  world.atEnd(() => pages.closeAllConnections());
  return { node, network, url };
}

async function open(url: string): Promise<Page> {
  const context = await browser.newContext();
  world.atEnd(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  await expect.poll(() => page.title(), soon).not.toBe("loading");
  return page;
}

const ask = (page: Page, name: string, words: string) => page.evaluate(`ask("${name}", "${words}")`);
const heard = (page: Page) => page.evaluate("heard");
const state = (page: Page) => page.evaluate("connection.state");

test("a page that is reloaded in a browser goes on with its session, and misses no push", async () => {
  const { node, url } = await game();
  const page = await open(url);
  expect(await page.title()).toBe("new");
  await ask(page, "login", "");
  const push = (words: string) => node.user(7n).push(reliable, text(words));
  push("one");
  await expect.poll(() => heard(page), soon).toEqual(["one"]);
  for (const words of ["two", "three"]) {
    const reloading = page.reload();
    push(words);
    await reloading;
    await expect.poll(() => page.title(), soon).toBe("resumed");
    expect(await ask(page, "act", words)).toBe(words);
  }
  push("four");
  await expect.poll(() => heard(page), soon).toEqual(["one", "two", "three", "four"]);
});

test("a tab that a page opens has a session of its own", async () => {
  const { url } = await game();
  const page = await open(url);
  await ask(page, "login", "");
  const [tab] = await Promise.all([page.waitForEvent("popup"), page.evaluate("void open(location.href)")]);
  await expect.poll(() => tab.title(), soon).toBe("new");
  expect(await ask(page, "act", "still here")).toBe("still here");
});

test("a page whose device comes online again reconnects without waiting for its next attempt", async () => {
  const { network, url } = await game();
  const page = await open(url);
  await ask(page, "login", "");
  network.isUp = false;
  await page.context().setOffline(true);
  network.cut();
  // The first attempt fails at once, and the next one would come after ten minutes.
  await expect.poll(() => page.evaluate("attempt"), soon).toBe(2);
  network.isUp = true;
  const waiting = ask(page, "act", "back");
  await page.context().setOffline(false);
  expect(await waiting).toBe("back");
  expect(await state(page)).toBe("open");
});
