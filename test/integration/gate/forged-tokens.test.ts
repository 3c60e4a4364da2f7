import { expect, test } from "vitest";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack } from "../../../runtime/wire/generated/photinus/control.ts";
import fc from "../../setup/random.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

const victimCount = 6;
const victims = fc.nat({ max: victimCount - 1 });

/** A token that was never given, made from those of two sessions; and one that was given, and is void. */
const forgeries = fc.record({
  of: victims,
  by: victims,
  how: fc.constantFrom("truncated", "longer", "changed", "swapped", "void", "random"),
  at: fc.nat({ max: 27 }),
  bit: fc.nat({ max: 7 }),
  bytes: fc.uint8Array({ minLength: 0, maxLength: 64 }),
  lastPush: fc.nat(),
  answerCount: fc.nat(),
});
type Forgery = typeof forgeries extends fc.Arbitrary<infer T> ? T : never;

function forged({ how, at, bit, bytes }: Forgery, token: Uint8Array, other: Uint8Array, dead: Uint8Array) {
  const copy = new Uint8Array(token);
  if (how === "truncated") return copy.subarray(0, at);
  if (how === "longer") return new Uint8Array([...copy, ...bytes, 0]);
  if (how === "void") return dead;
  if (how === "random") return bytes.length === 0 ? new Uint8Array(1) : bytes;
  if (how === "changed") copy[at]! ^= 1 << bit;
  // The first half of one token, the second half of another one: at byte 12 begins the secret.
  else copy.set(other.subarray(12), 12);
  return copy;
}

test("a token that is truncated, changed, guessed, put together or void resumes no session, and harms none", async () => {
  const gate = await world.gate();
  await world.node("probe-1", {
    async login(body, ctx) {
      await ctx.session.bind(BigInt(new TextDecoder().decode(body)));
      return text("in");
    },
    echo: (_, ctx) => text(String(ctx.userId)),
  });
  const players: { client: ResumingClient; dead: Uint8Array }[] = [];
  for (let n = 0; n < victimCount; n++) {
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect();
    await client.ask(commands.login.id, String(n + 1));
    const dead = client.token;
    client.cut();
    expect((await client.connect()).resumed).toBe(true);
    // The first frame on the new connection makes the former token void.
    expect(await client.ask(commands.echo.id)).toBe(String(n + 1));
    if (n % 2 === 0) client.cut();
    players.push({ client, dead });
  }
  await eventually(() => gate.status().suspended === victimCount / 2);

  let tried = 0;
  await fc.assert(
    fc.asyncProperty(forgeries, async (forgery) => {
      const { client, dead } = players[forgery.of]!;
      const other = players[forgery.by]!.client.token;
      fc.pre(forgery.how !== "swapped" || forgery.of !== forgery.by);
      const resumeToken = forged(forgery, client.token, other, dead);
      const { lastPush, answerCount } = forgery;
      const thief = await (await world.silent()).open({
        canResume: true,
        resumeToken,
        lastPush,
        answerCount,
      });
      expect(thief.welcome).toMatchObject({ resumed: false });
      expect(await thief.ask(commands.echo.id)).toBe("0");
      thief.control(control.ack, Ack, { push: lastPush, answerCount });
      thief.transport.destroy();
      tried++;
    }),
    { numRuns: 300 },
  );
  expect(tried).toBeGreaterThan(200);

  for (const [n, { client }] of players.entries()) {
    if (n % 2 === 0) expect((await client.connect()).resumed).toBe(true);
    expect(await client.ask(commands.echo.id)).toBe(String(n + 1));
  }
});

test("a Hello of any bytes is answered by Welcome or Kick, and the gate serves on", async () => {
  const gate = await world.gate();
  await world.node("probe-1", { echo: (body) => body });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (body) => {
      const client = await world.silent();
      client.control(control.hello, raw, body);
      await client.until(() => client.welcome !== undefined || client.kicked !== undefined);
      expect(client.welcome?.resumed ?? false).toBe(false);
      client.transport.destroy();
    }),
    { numRuns: 200 },
  );
  expect(await (await world.client(gate)).ask(commands.echo.id, "on")).toBe("on");
});
