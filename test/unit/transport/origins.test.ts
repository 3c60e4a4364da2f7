import { expect, test } from "vitest";
import { pathText } from "../../../runtime/options/option-resolver.ts";
import { take } from "../../../runtime/options/option-rules.ts";
import { originsOption } from "../../../runtime/transport/connection/origins.ts";
import type { PortOptions } from "../../../runtime/transport/port-options.ts";
import { dial, rig, upgrade } from "./rig.ts";

/** The first line of the answer to a handshake with these headers, and the whole of it. */
async function handshake(
  headers: readonly string[],
  options: Partial<PortOptions> = {},
): Promise<{ status: string; text: string; refused: number }> {
  const { port, counters } = await rig(options);
  const { socket, text } = await dial(port);
  socket.write(upgrade.replace("Host: localhost", headers.join("\r\n")));
  await expect.poll(text).toContain("\r\n\r\n");
  const status = text().split("\r\n", 1)[0]!;
  return { status, text: text(), refused: counters.get("connections.refused.origin") };
}

const switching = "HTTP/1.1 101 Switching Protocols";
const forbidden = "HTTP/1.1 403 Forbidden";
/** Texts with a scheme and a host that no browser sends as an origin. */
const neverSent = ["https://*.play.example", "wss://play.example", "HTTPS://play.example", "app://a/b"];
const listed = { origins: ["https://play.example", "null"] };

test.each<[string, readonly string[], Partial<PortOptions>, string]>([
  ["no browser", ["Host: a.example"], {}, switching],
  ["a page of the host", ["Host: a.example", "Origin: https://a.example"], {}, switching],
  [
    "a page of the host, by another port",
    ["Host: a.example:7700", "Origin: http://a.example:5173"],
    {},
    switching,
  ],
  [
    "a page of this machine, by another name",
    ["Host: 127.0.0.1:7700", "Origin: http://localhost:5173"],
    {},
    switching,
  ],
  ["a page of another host", ["Host: a.example", "Origin: https://b.example"], {}, forbidden],
  ["a page of a host below", ["Host: a.example", "Origin: https://x.a.example"], {}, forbidden],
  ["a page without an origin of its own", ["Host: a.example", "Origin: null"], {}, forbidden],
  [
    "a page with two origins",
    ["Host: a.example", "Origin: https://a.example", "Origin: https://b.example"],
    {},
    forbidden,
  ],
  ["an origin that is none", ["Host: a.example", "Origin: a.example"], {}, forbidden],
  ["no browser, where some are listed", ["Host: a.example"], listed, switching],
  ["a listed page", ["Host: a.example", "Origin: https://play.example"], listed, switching],
  ["a listed page of no origin", ["Host: a.example", "Origin: null"], listed, switching],
  [
    "a page that is not listed, of the host",
    ["Host: a.example", "Origin: https://a.example"],
    listed,
    forbidden,
  ],
  [
    "a listed page, by another port",
    ["Host: a.example", "Origin: https://play.example:444"],
    listed,
    forbidden,
  ],
  ["any page, where all may", ["Host: a.example", "Origin: https://b.example"], { origins: "*" }, switching],
])("a WebSocket of %s", async (_, headers, options, expected) => {
  const { status, refused } = await handshake(headers, options);
  expect(status).toBe(expected);
  expect(refused).toBe(expected === forbidden ? 1 : 0);
});

test("the answer to a page of another origin says what is wrong", async () => {
  const { text } = await handshake(["Host: a.example", "Origin: https://b.example"]);
  expect(text).toMatch(/\r\n\r\npages of this origin may not open WebSockets here\n$/);
});

test("the page of an app with a scheme of its own, or of a file, is let in by a list", async () => {
  const origins = ["capacitor://localhost", "tauri://localhost", "file://"];
  for (const origin of origins) {
    const answer = await handshake(["Host: a.example", `Origin: ${origin}`], { origins });
    expect(answer.status).toBe(switching);
  }
});

test("a list with something that is no origin is refused by name", () => {
  for (const wrong of [
    "play.example",
    "https://play.example/",
    "https://play.example/path",
    "*",
    "",
    ...neverSent,
  ]) {
    const faults: string[] = [];
    take(originsOption.rule, [wrong], ["origins"], (_fault, path) => faults.push(pathText(path)));
    expect(faults).toEqual([wrong === "*" ? "origins" : "origins[0]"]);
  }
});

test("of the subprotocols that a client offers only ours is answered", async () => {
  const offer = (protocols: string) => handshake(["Host: a.example", `Sec-WebSocket-Protocol: ${protocols}`]);
  expect((await offer("a, b")).text).not.toContain("Sec-WebSocket-Protocol");
  expect((await offer("a, photinus.v1")).text).toContain("Sec-WebSocket-Protocol: photinus.v1\r\n");
});

test("a handshake by another method than GET is answered by 405 with what is allowed", async () => {
  const { port } = await rig();
  const { socket, text, ended } = await dial(port);
  socket.write(upgrade.replace("GET", "POST"));
  await ended;
  expect(text()).toContain("HTTP/1.1 405 Method Not Allowed\r\n");
  expect(text()).toContain("Allow: GET\r\n");
});
