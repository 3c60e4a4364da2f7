import { expect, test } from "vitest";
import type { Connection } from "../../../clients/typescript/src/connection.ts";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import type { CommandContext, MethodContext } from "../../../runtime/api/handler-context.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { fail } from "../../../schema/errors.ts";
import { Lines } from "../../setup/lines.ts";
import { text } from "./raw-client.ts";
import { commands, methodOf, methods, pushes, reliable } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const sticky = { ...commands.sticky, request: raw, reply: raw };
const heard = { ...pushes.reliable, body: raw };

/** A connection, and what it hears in the order in which its program sees it. */
async function listening(): Promise<{
  connection: Connection;
  seen: string[];
  ask(body: string): Promise<void>;
}> {
  const { host, port } = world.gates[0]!.clientAddress!;
  const connection = await connect(`tcp://${host}:${port}`);
  world.atEnd(() => connection.close());
  const seen: string[] = [];
  connection.onPush(heard, (body) => seen.push(new TextDecoder().decode(body)));
  const ask = (body: string) =>
    connection.request(sticky, text(body)).then(
      () => void seen.push(`answer ${body}`),
      () => void seen.push(`error ${body}`),
    );
  return { connection, seen, ask };
}

/** Pushes before it answers and after, at once or after a while; its body says which call it was. */
function answering(later: boolean) {
  return (body: Uint8Array, ctx: CommandContext): Uint8Array | Promise<Uint8Array> => {
    const name = new TextDecoder().decode(body);
    ctx.afterReply(() => ctx.session.push(reliable, text(`after ${name}`)));
    ctx.afterReply(() => ctx.everyone().push(reliable, text(`then ${name}`)));
    ctx.session.push(reliable, text(`before ${name}`));
    if (name === "bad") throw fail("ABORTED", "no");
    return later ? new Promise((resolve) => setTimeout(resolve, 5, body)) : body;
  };
}

test.each([
  ["at once", false],
  ["later", true],
])(
  "a push of a handler that answers %s comes before its answer, one by afterReply after it, and before the next call's",
  async (_, later) => {
    await world.gate();
    await world.node("probe-1", { sticky: answering(later) });
    const { seen, ask } = await listening();
    await Promise.all([ask("1"), ask("2")]);
    await eventually(() => seen.length === 8);
    expect(seen).toEqual([
      ...["before 1", "answer 1", "after 1", "then 1"],
      ...["before 2", "answer 2", "after 2", "then 2"],
    ]);
  },
);

test("what is to follow an answer does not follow an error", async () => {
  await world.gate();
  await world.node("probe-1", { sticky: answering(false) });
  const { seen, ask } = await listening();
  await ask("bad");
  await ask("good");
  await eventually(() => seen.includes("then good"));
  expect(seen).toEqual(["before bad", "error bad", "before good", "answer good", "after good", "then good"]);
});

test("what is to follow an answer runs when the answer is too large, or not of its type: the handler has done its work", async () => {
  await world.gate({ limits: { maxServerFrameBytes: 4_096 } });
  const answers = [new Uint8Array(5_000), "no bytes" as never];
  await world.node("probe-1", {
    sticky: (_, ctx) => {
      ctx.afterReply(() => ctx.session.push(reliable, text("after")));
      return answers.shift() ?? text("fine");
    },
  });
  const { seen, ask } = await listening();
  for (const body of ["large", "wrong", "good"]) await ask(body);
  await eventually(() => seen.length === 6);
  expect(seen).toEqual(["error large", "after", "error wrong", "after", "answer good", "after"]);
});

test("of a notify it runs when the handler has finished, and at once when it is asked for later than that", async () => {
  await world.gate();
  const order: string[] = [];
  let late: CommandContext | undefined;
  await world.node("probe-1", {
    note: async (_, ctx) => {
      ctx.afterReply(() => order.push("after"));
      await Promise.resolve();
      late = ctx;
      order.push("handled");
    },
  });
  const client = await world.client();
  client.notify(commands.note.id, "x");
  await eventually(() => order.length === 2);
  late!.afterReply(() => order.push("late"));
  expect(order).toEqual(["handled", "after", "late"]);
});

test("one that fails is logged with its call, and keeps neither the others nor the lane waiting", async () => {
  const log = new Lines();
  await world.gate();
  const ran: string[] = [];
  const handler = (_: Uint8Array, ctx: CommandContext | MethodContext) => {
    ctx.afterReply(() => {
      throw new Error("thrown");
    });
    ctx.afterReply(async () => {
      throw new Error("rejected");
    });
    ctx.afterReply(() => ran.push("next"));
    return text("fine");
  };
  const node = await world.node("probe-1", { sticky: handler }, {}, { log });
  await world.node("other-1", {}, { double: handler });
  const client = await world.client();
  expect(await client.ask(commands.sticky.id)).toBe("fine");
  expect(await client.ask(commands.sticky.id)).toBe("fine");
  expect(new TextDecoder().decode(await node.call(methodOf(methods.double), text("")))).toBe("fine");
  expect(ran).toHaveLength(3);
  const line = "an after-reply callback threw";
  await eventually(() => log.of(line).length >= 2);
  expect(log.of(line)[0]).toMatchObject({ call: "probe.Probe.Sticky" });
});
