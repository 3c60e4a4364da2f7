import { expect, test } from "vitest";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Cancel, Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind, writeEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { frame, framesIn, hello, notify, request, sendAndEnd, wordsIn } from "./raw-bytes.ts";
import { commands } from "./schema.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
const { echo, ask, note, free } = commands;

/** A gate, and what it answers to frames that come after a Hello. */
async function served(limits = {}) {
  const gate = await world.gate({ limits });
  const run: string[] = [];
  await world.node("probe-1", {
    echo: (body) => body,
    ask: () => void run.push("ask"),
    note: () => void run.push("note"),
    free: () => new Promise(() => {}),
  });
  const { port } = gate.clientAddress!;
  const says = async (...frames: Uint8Array[]) => wordsIn(await sendAndEnd(port, hello(), ...frames));
  return { gate, port, run, says };
}

test("a request of a notify's command is answered INVALID_ARGUMENT and not run, and the connection lives on", async () => {
  const { run, says } = await served();
  expect(await says(request(note.id, 1, "x"), request(echo.id, 2, "alive"))).toEqual([
    "error 1 INVALID_ARGUMENT: command 30 is a notify, but arrived as a request",
    "reply 2 alive",
  ]);
  expect(run).toEqual([]);
});

test("a notify of a request's command ends in a kick, and is not run", async () => {
  const { gate, run, says } = await served();
  expect(await says(notify(ask.id, "x"), request(echo.id, 1, "too late"))).toEqual([
    "kick INVALID_ARGUMENT: command 31 is a request, but arrived as a notify",
  ]);
  expect(run).toEqual([]);
  expect(gate.counters.get("client.closed.notify")).toBe(1);
});

test("a notify of a command that nobody knows is dropped and counted: newer clients may know more", async () => {
  const { gate, says } = await served();
  expect(await says(notify(999, "x"), request(echo.id, 1, "alive"))).toEqual(["reply 1 alive"]);
  expect(gate.counters.get("client.refused.unknown")).toBe(1);
});

test.each([0, 999, 0xffffff00, control.ping, 0xffffff7f, 0xffffffff])(
  "a request of command %i, which is none, is answered UNIMPLEMENTED",
  async (id) => {
    const { says } = await served();
    expect(await says(request(id, 7, ""), request(echo.id, 8, "alive"))).toEqual([
      `error 7 UNIMPLEMENTED: unknown command ${id}`,
      "reply 8 alive",
    ]);
  },
);

test.each([0, 0xffffff00, control.ping, 0xffffffff])(
  "a notify of command %i, which can be none, ends in a kick",
  async (id) => {
    const { says } = await served();
    expect(await says(notify(id, ""))).toEqual([
      `kick INVALID_ARGUMENT: invalid command id ${id} of a notify`,
    ]);
  },
);

test.each([0, echo.id, 0xffffff00, 0xffffff09, 0xffffffff])(
  "a control message under command %i, which is none of control, ends in a kick",
  async (id) => {
    const { says } = await served();
    const message = frame(1, id, "", (w) => writeEnvelope(w, kind.control, 0));
    expect(await says(message)).toEqual([`kick INVALID_ARGUMENT: unknown control message ${id}`]);
  },
);

test("on a classic connection a reserved command is answered by a failure that names it", async () => {
  const { port } = await served();
  const [failed, replied] = framesIn(
    await sendAndEnd(port, frame(0, control.ping, ""), frame(0, echo.id, "hi")),
    0,
  );
  expect(decode(Failure, failed!.payload)).toMatchObject({
    code: errorCodes.UNIMPLEMENTED,
    command: control.ping,
  });
  expect(replied!.payload.toString()).toBe("hi");
});

test("on a classic connection command 0 closes: a failure of command 0 says so", async () => {
  const { port } = await served();
  const frames = framesIn(await sendAndEnd(port, frame(0, 0, ""), frame(0, echo.id, "too late")), 0);
  expect(frames.map(({ payload }) => decode(Failure, payload))).toMatchObject([
    { code: errorCodes.INVALID_ARGUMENT, command: 0, message: "invalid command id 0" },
  ]);
});

test("a sequence number of a request that is not answered yet ends in a kick, wherever it stands in their order", async () => {
  const { gate, says } = await served();
  for (const again of [3, 5, 0xffffffff]) {
    const asked = [0xffffffff, 3, 5].map((sequence) => request(free.id, sequence, ""));
    expect(await says(...asked, request(echo.id, again, ""))).toEqual([
      `kick INVALID_ARGUMENT: request ${again} is still in flight`,
    ]);
  }
  expect(gate.counters.get("client.closed.sequence")).toBe(3);
});

test("a sequence number may be used again once its request is answered or cancelled, in any order", async () => {
  const { says } = await served();
  const cancel = frame(1, control.cancel, "", (w) => {
    writeEnvelope(w, kind.control, 0);
    Cancel.write(w, { sequence: 9 });
  });
  const answers = await says(
    request(999, 7, ""),
    request(999, 7, ""),
    request(999, 2, ""),
    request(free.id, 9, ""),
    cancel,
    request(echo.id, 9, "again"),
  );
  expect(answers).toEqual([
    "error 7 UNIMPLEMENTED: unknown command 999",
    "error 7 UNIMPLEMENTED: unknown command 999",
    "error 2 UNIMPLEMENTED: unknown command 999",
    "reply 9 again",
  ]);
});

test("a request with no time left is answered DEADLINE_EXCEEDED at once, and not run", async () => {
  const { run, says } = await served();
  expect(await says(request(ask.id, 1, "", 0))).toEqual([
    "error 1 DEADLINE_EXCEEDED: the request arrived after its deadline",
  ]);
  expect(run).toEqual([]);
});

/** Bytes of a frame before its body that max_frame_bytes counts: the command and the envelope. */
test.each([
  ["without a deadline", 4 + 5, -1],
  ["with a deadline", 4 + 5 + 4, 2_000],
])(
  "max_frame_bytes is the largest length field: command, envelope and body of a request %s",
  async (_, before, ms) => {
    const { port, says } = await served({ maxFrameBytes: 100 });
    const fits = "x".repeat(100 - before);
    expect(await says(request(echo.id, 1, fits, ms))).toEqual([`reply 1 ${fits}`]);
    expect(await says(request(echo.id, 1, `${fits}x`, ms))).toEqual([
      "kick INVALID_ARGUMENT: illegal frame: too-long",
    ]);
    expect((await world.client()).welcome?.maxFrameBytes).toBe(100);
    const classic = framesIn(await sendAndEnd(port, frame(0, echo.id, "x".repeat(96))), 0);
    expect(classic.map(({ payload }) => payload.length)).toEqual([96]);
  },
);
