import { expect, test } from "vitest";
import type { Logger } from "../../../../runtime/log/logger.ts";
import { text } from "../raw-client.ts";
import { eventually, useWorld } from "../world.ts";
import {
  audience,
  claimsOf,
  forged,
  issuer,
  issuerKey,
  json,
  jwksOf,
  keyServer,
  ticketOf,
} from "./issuer.ts";
import { enter } from "./plain-tickets.ts";

const world = useWorld();
const key = issuerKey("a");
const mark = "Marzipan";

/** Logger that keeps every line as text, with the messages and stacks of its errors. */
function keepingLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const shown = (_name: string, value: unknown): unknown =>
    value instanceof Error ? { ...value, text: value.message, stack: value.stack } : value;
  const keep = (details: object, message?: string) =>
    void lines.push(`${message} ${JSON.stringify(details, shown)}`);
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  return { log, lines };
}

test("nothing of a ticket or its claims reaches a log, an error or the status", async () => {
  const { log, lines } = keepingLog();
  const server = await keyServer(world, json(jwksOf(key)));
  const jwks = { url: server.url, cooldownMs: 0, cacheMs: 0, staleMs: 0 };
  const gate = await world.gate({
    log,
    auth: { jwt: { jwks, audience, issuer, once: true }, guests: false },
  });
  const good = await ticketOf(key, { name: mark, jti: mark });
  const [header, , signature] = good.split(".");
  const claims = Buffer.from(JSON.stringify(claimsOf({ sub: mark }))).toString("base64url");
  const tickets = [
    good,
    good,
    `${header}.${claims}.${signature}`,
    await ticketOf(key, { sub: mark }),
    await ticketOf(key, { auth: mark }),
    await ticketOf(key, { aud: mark }),
    await ticketOf(key, { iss: mark }),
    await ticketOf(key, { exp: mark }),
    await ticketOf(key, { exp: 1, name: mark }),
    await ticketOf(issuerKey(mark), {}),
    forged({ alg: mark }, { name: mark }),
    forged({ alg: "EdDSA", kid: mark, crit: [mark], [mark]: 1 }, { name: mark }),
    mark,
    `${mark}.${mark}.${mark}`,
  ];
  const kicks: string[] = [];
  for (const ticket of tickets) kicks.push(JSON.stringify((await enter(world, ticket)).kicked ?? "in"));
  await server.close();
  kicks.push(JSON.stringify((await enter(world, await ticketOf(key, { name: mark }))).kicked));
  await eventually(() => lines.some((line) => line.includes("keys of tickets not fetched")));
  expect(kicks.filter((kick) => kick === '"in"').length).toBe(1);
  expect(lines.filter((line) => line.includes("client.refused.ticket")).length).toBeGreaterThan(5);
  const status = JSON.stringify(gate.status());
  const encoded = [
    mark,
    Buffer.from(mark).toString("base64url"),
    claims,
    ...tickets.map((one) => one.slice(0, 60)),
  ];
  for (const sink of [...lines, ...kicks, status]) {
    for (const secret of encoded) if (secret.length > 6) expect(sink).not.toContain(secret);
  }
  expect(text(mark).length).toBeGreaterThan(6);
});
