import { expect, it } from "vitest";
import type { Logger } from "../../../runtime/log/logger.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { defaultFrameFormat as format } from "../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** Notes each line as "level message". */
function notingLogger() {
  const lines: string[] = [];
  const at = (level: string) => (_details: object, message: string) => void lines.push(`${level} ${message}`);
  const log: Logger = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: () => log,
  };
  const alarms = () => lines.filter((line) => /^(warn|error) /.test(line));
  return { log, lines, alarms };
}

it("a gate that stops in order alarms neither its nodes nor itself", async () => {
  const atGate = notingLogger();
  const atNode = notingLogger();
  const gate = await world.gate({ log: atGate.log });
  await world.node("hall-1", {}, {}, { log: atNode.log });
  await gate.close();
  await eventually(() => atNode.lines.some((line) => line.includes("link down; reconnecting")));
  expect(atGate.alarms()).toEqual([]);
  expect(atNode.alarms()).toEqual([]);
  expect(atGate.lines).toContain("info node left");
  expect(atNode.lines).toContain("info gate link closed");
});

it("a gate that is lost without a goodbye is warned of", async () => {
  const atNode = notingLogger();
  const gate = await world.gate();
  await world.node("hall-1", {}, {}, { log: atNode.log });
  gate.destroy();
  await eventually(() => atNode.lines.some((line) => line.includes("link down; reconnecting")));
  expect(atNode.alarms()).toEqual(["warn gate lost", "warn link down; reconnecting"]);
});

it("a gate that came back after its goodbye, and is lost then, is warned of", async () => {
  const atNode = notingLogger();
  const first = await world.gate();
  const links = first.linkAddress!;
  const node = await world.node("hall-1", {}, {}, { log: atNode.log });
  await first.close();
  await eventually(() => node.liveGates().length === 0);
  const second = await world.gate({ links });
  await node.linked();
  expect(atNode.alarms()).toEqual([]);
  second.destroy();
  await eventually(() => atNode.alarms().length > 0);
  expect(atNode.alarms()[0]).toBe("warn gate lost");
});

it("a node that stops in order does not alarm its gate; one that is cut off does", async () => {
  const atGate = notingLogger();
  await world.gate({ log: atGate.log });
  const calm = await world.node("hall-1", {});
  await calm.close();
  await eventually(() => atGate.lines.some((line) => line === "info node left"));
  expect(atGate.alarms()).toEqual([]);
  const cut = await world.node("hall-2", {});
  for (const gate of cut.liveGates()) gate.link.transport.destroy();
  await eventually(() => atGate.lines.some((line) => line === "warn node lost"));
});

it("a gate that stops answers the requests that its nodes have not, in the session protocol and the classic one", async () => {
  const gate = await world.gate();
  const frozen = (): Promise<never> => new Promise(() => {});
  await world.node("probe-1", { free: frozen, sticky: frozen });
  const client = await world.client();
  const answers = [commands.free, commands.sticky, commands.sticky].map(({ id }) => client.ask(id));
  const { host, port } = gate.clientAddress!;
  const classic = await dialTcp(host, port);
  const codes: number[] = [];
  const decoder = new FrameDecoder(
    { format, maxFrameBytes: 1 << 20, protoVersions: [0] },
    {
      onFrame: (_command, _version, bytes, start, end) =>
        void codes.push(decode(Failure, bytes, start, end).code),
      onIllegal: () => {},
    },
  );
  const ended = new Promise<string>((resolve) => {
    classic.start({ onData: (chunk) => decoder.push(chunk), onDrain() {}, onClose: resolve });
  });
  for (const { id } of [commands.free, commands.sticky]) {
    endFrame(classic.output, format, beginFrame(classic.output, format, 0, id));
  }
  classic.flushNow();
  await eventually(() => gate.status().inFlight === 5);
  await gate.close({ graceMs: 50 });
  const unavailable = errorCodes.UNAVAILABLE;
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 3 }, () => `error ${unavailable}`));
  await ended;
  expect(codes).toEqual([unavailable, unavailable]);
});
