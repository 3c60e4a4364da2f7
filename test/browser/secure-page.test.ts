import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { keyPinOf } from "../../runtime/transport/tls/certificate-pins.ts";
import { bundlers } from "../architecture/bundlers.ts";
import { commands } from "../integration/gate/schema.ts";
import { useWorld } from "../integration/gate/world.ts";
import { certificateFolder } from "../setup/certificates.ts";
import { chromiumFlags, chromiumPath } from "../setup/probes.ts";

const world = useWorld();

test("a page that the gate serves by HTTPS connects to it by wss, with the certificate of the server's name", async () => {
  const client = await bundlers["esbuild"]!(
    'export { connect, raw } from "./clients/typescript/src/index.ts";',
  );
  const { id, name } = commands.echo;
  const html = `<!doctype html><title>loading</title><script type="module">
    import { connect, raw } from "/client.js";
    const connection = await connect("wss://" + location.host, { reconnect: false });
    const echo = { id: ${id}, name: "${name}", request: raw, reply: raw, timeoutMs: 5000, idempotent: false };
    const reply = await connection.request(echo, new TextEncoder().encode("over TLS"));
    document.title = new TextDecoder().decode(reply);
  </script>`;
  const files = certificateFolder();
  const other = files.certificate("other", { names: ["DNS:other.example"] });
  const server = files.certificate("server", { names: ["DNS:localhost"] });
  const gate = await world.gate({
    listen: { tls: { certificates: [other, server] } },
    http: ({ url }, response) => {
      const isScript = url === "/client.js";
      response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
      response.end(isScript ? client : html);
    },
  });
  await world.node("probe-1", { echo: (body) => body });
  // Chromium accepts the key of the one certificate, which no authority of the system has signed.
  const pin = keyPinOf(new X509Certificate(readFileSync(server.certFile))).replace("sha256/", "");
  const flags = [...chromiumFlags, `--ignore-certificate-errors-spki-list=${pin}`];
  const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: flags });
  try {
    const page = await browser.newPage();
    await page.goto(`https://localhost:${gate.clientAddress!.port}/`);
    await expect.poll(() => page.title(), { timeout: 15_000 }).toBe("over TLS");
  } finally {
    await browser.close();
  }
}, 60_000);
