import type { Decoder, Encoder, Reader, Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { writeDouble, writeUint32 } from "../../../../runtime/wire/codec/write-fields.ts";
import { emptyBytes } from "../../../../runtime/wire/empty-bytes.ts";
import type {
  Ack,
  Bye,
  Cancel,
  Failure,
  GoAway,
  Hello,
  Kick,
  NodeChange,
  Ping,
  Pong,
  Welcome,
} from "../../../../runtime/wire/generated/photinus/control.ts";

/** Type of a field, by the reader's method, with its default. */
const defaults = /* @__PURE__ */ Object.freeze({
  uint32: 0,
  double: 0,
  bool: false,
  string: "",
  octets: emptyBytes,
});

/** Fields of a message, each with its tag and type. */
type Fields<M> = { readonly [F in keyof M]: readonly [tag: number, type: keyof typeof defaults] };

/**
 * Reads a control message by a table of its fields. The generated codecs, one function for each message and direction, would
 * be a fifth of a page's client; a test compares both.
 */
function got<M>(name: string, fields: Fields<M>): Decoder<M> {
  const byTag = new Map(
    (Object.entries(fields) as [keyof M, [number]][]).map(([field, [tag]]) => [tag, field]),
  );
  return {
    name,
    read(reader: Reader, end: number): M {
      const message = {} as Record<keyof M, unknown>;
      for (const field of byTag.values()) message[field] = defaults[fields[field][1]];
      while (reader.position < end) {
        const tag = reader.tag();
        const field = byTag.get(tag);
        if (field) message[field] = reader[fields[field][1]]();
        else reader.skip(tag);
      }
      reader.finish(end);
      return message as M;
    },
  };
}

/** Writes a control message by the same kind of table; fields with their defaults are left out. */
function sent<M>(name: string, fields: Partial<Fields<M>> = {}): Encoder<M> {
  return {
    name,
    write(writer: Writer, message: M): void {
      for (const [field, [tag, type]] of Object.entries(fields) as [keyof M, [number, string]][]) {
        const value: unknown = message[field];
        if (!value || (value as Uint8Array).length === 0) continue;
        if (type === "octets") writer.octets(tag, value as Uint8Array);
        else if (type === "string") writer.string(tag, value as string);
        else if (type === "double") writeDouble(writer, tag, value as number);
        else writeUint32(writer, tag, Number(value));
      }
    },
  };
}

export const sentHello = sent<Hello>("Hello", {
  client: [0x0a, "string"],
  schema: [0x12, "string"],
  resumeToken: [0x1a, "octets"],
  lastPush: [0x20, "uint32"],
  ticket: [0x2a, "octets"],
  answerCount: [0x30, "uint32"],
  canResume: [0x38, "bool"],
});
export const sentPing = sent<Ping>("Ping", { sentMs: [0x09, "double"] });
export const sentPong = sent<Pong>("Pong", { sentMs: [0x09, "double"], clockMs: [0x11, "double"] });
export const sentCancel = sent<Cancel>("Cancel", { sequence: [0x08, "uint32"] });
export const sentAck = sent<Ack>("Ack", { push: [0x08, "uint32"], answerCount: [0x10, "uint32"] });
export const sentBye = sent<Bye>("Bye");

export const gotWelcome = got<Welcome>("Welcome", {
  session: [0x0a, "string"],
  heartbeatMs: [0x10, "uint32"],
  serverTimeMs: [0x19, "double"],
  maxFrameBytes: [0x20, "uint32"],
  schema: [0x2a, "string"],
  resumeToken: [0x32, "octets"],
  resumeWindowMs: [0x38, "uint32"],
  resumed: [0x40, "bool"],
  maxServerFrameBytes: [0x48, "uint32"],
  lastRequest: [0x50, "uint32"],
  notifyCount: [0x58, "uint32"],
  refusal: [0x60, "uint32"],
});
export const gotPing = got<Ping>("Ping", { sentMs: [0x09, "double"] });
export const gotPong = got<Pong>("Pong", { sentMs: [0x09, "double"], clockMs: [0x11, "double"] });
export const gotKick = got<Kick>("Kick", {
  code: [0x08, "uint32"],
  reason: [0x12, "string"],
  reconnect: [0x18, "bool"],
  retryAfterMs: [0x20, "uint32"],
});
export const gotGoAway = got<GoAway>("GoAway", { address: [0x0a, "string"], graceMs: [0x10, "uint32"] });
export const gotNodeChange = got<NodeChange>("NodeChange", {
  role: [0x0a, "string"],
  node: [0x12, "string"],
  state: [0x18, "uint32"],
  planned: [0x20, "bool"],
  awaitedMs: [0x28, "uint32"],
});
export const gotFailure = got<Failure>("Failure", {
  code: [0x08, "uint32"],
  message: [0x12, "string"],
  retryAfterMs: [0x18, "uint32"],
  command: [0x20, "uint32"],
  outcome: [0x28, "uint32"],
});
