import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { JwtAuthenticator } from "../../../../runtime/gate/auth/jwt/jwt-authenticator.ts";
import { type JwtOptions, jwtRule } from "../../../../runtime/gate/auth/jwt/jwt-options.ts";
import { resolveOptions } from "../../../../runtime/options/option-resolver.ts";
import { object, required } from "../../../../runtime/options/option-rules.ts";
import { audience, issuer, issuerKey, jwksOf, ticketOf } from "../../../integration/gate/auth/issuer.ts";
import { gateCore } from "../gate-core.ts";

const key = issuerKey("a");
const rule = object({ jwt: required(jwtRule) });
const hourMs = 3_600_000;

/** The authenticator of a gate with this clock. */
function authenticator(clock: FakeClock, options: Partial<JwtOptions>): JwtAuthenticator {
  const jwt = { keys: undefined, audience, issuer, ...options };
  const resolved = resolveOptions("jwt", rule, { jwt }).jwt;
  return new JwtAuthenticator(resolved, 24 * hourMs, clock, gateCore(clock).counted);
}

/** Returns "in", or the reason of the refusal. */
function judge(judging: JwtAuthenticator, ticket: string): Promise<string> {
  return judging.judge(new TextEncoder().encode(ticket)).then(
    () => "in",
    (error: { code: string; reason: string }) => (error.code === "UNAVAILABLE" ? error.code : error.reason),
  );
}

describe("the gate's clock decides", () => {
  const start = 1_700_000_000;
  const newClock = (seconds: number) => new FakeClock({ wall: seconds * 1_000 });

  test.each([
    ["in", -30],
    ["the ticket is not valid yet", -31],
    ["in", 0],
    ["in", 629],
    ["the ticket has expired", 630],
  ])("%s at %d s of a ticket that is valid for 600 s, with a skew of 30 s", async (expected, at) => {
    const judging = authenticator(newClock(start + at), { keys: jwksOf(key) });
    expect(await judge(judging, await ticketOf(key, { iat: start, nbf: start, exp: start + 600 }))).toBe(
      expected,
    );
  });

  test("the session lasts for as long as the ticket is accepted", async () => {
    const judging = authenticator(newClock(start), { keys: jwksOf(key) });
    const ticket = await ticketOf(key, { iat: start - 0.5, exp: start + 600 });
    const identity = await judging.judge(new TextEncoder().encode(ticket));
    expect(identity).toMatchObject({ issuedAtMs: (start - 0.5) * 1_000, expiresAtMs: (start + 630) * 1_000 });
  });
});

describe("keys at an address", () => {
  let server: Server | undefined;
  let requests = 0;
  let isUp = true;
  let keys = jwksOf(key);

  async function serve(): Promise<string> {
    requests = 0;
    isUp = true;
    keys = jwksOf(key);
    server = createServer((_request, response) => {
      requests++;
      if (isUp) response.end(JSON.stringify(keys));
      else response.writeHead(503).end();
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** A ticket that is valid at the clock's time. */
  const ticketAt = (clock: FakeClock, by = key): Promise<string> => {
    const now = Math.floor(clock.wall() / 1_000);
    return ticketOf(by, { iat: now, exp: now + 600 });
  };

  test("are fetched once in their age, then again in the background", async () => {
    const clock = new FakeClock();
    const judging = authenticator(clock, { jwks: { url: await serve() } });
    for (let times = 0; times < 5; times++) expect(await judge(judging, await ticketAt(clock))).toBe("in");
    expect(requests).toBe(1);
    clock.advance(600_001);
    expect(await judge(judging, await ticketAt(clock))).toBe("in");
    await expect.poll(() => requests).toBe(2);
    judging.close();
  });

  test("of a name that is unknown are looked for once in a cooldown", async () => {
    const clock = new FakeClock();
    const judging = authenticator(clock, { jwks: { url: await serve() } });
    const next = issuerKey("b");
    expect(await judge(judging, await ticketAt(clock))).toBe("in");
    keys = jwksOf(key, next);
    expect(await judge(judging, await ticketAt(clock, next))).toMatch(/unknown key/);
    clock.advance(30_000);
    expect(await judge(judging, await ticketAt(clock, next))).toBe("in");
    expect(requests).toBe(2);
    judging.close();
  });

  test("stay in use while the address fails, for an hour after their age, and no longer", async () => {
    const clock = new FakeClock();
    const judging = authenticator(clock, { jwks: { url: await serve() } });
    expect(await judge(judging, await ticketAt(clock))).toBe("in");
    isUp = false;
    clock.advance(600_000 + hourMs);
    expect(await judge(judging, await ticketAt(clock))).toBe("in");
    await expect.poll(() => requests).toBe(2);
    clock.advance(30_001);
    expect(await judge(judging, await ticketAt(clock))).toBe("UNAVAILABLE");
    isUp = true;
    clock.advance(30_001);
    expect(await judge(judging, await ticketAt(clock))).toBe("in");
    judging.close();
  });
});
