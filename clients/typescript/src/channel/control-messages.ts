import type { Decoder, Encoder, Reader, Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { writeDouble, writeUint32 } from "../../../../runtime/wire/codec/write-fields.ts";
import { emptyBytes } from "../../../../runtime/wire/empty-bytes.ts";
import type {
  Ack,
  Authenticate,
  Authenticated,
  Bye,
  Cancel,
  Failure,
  GoAway,
  Hello,
  Kick,
  NodeChange,
  Ping,
  Pong,
  Queued,
  Welcome as WholeWelcome,
} from "../../../../runtime/wire/generated/photinus/control.ts";
import type { Proof } from "./dial.ts";

/** Type of a field, by the reader's method, with its wire type and its default. */
const types = /* @__PURE__ */ Object.freeze({
  uint32: [0, 0],
  bool: [0, false],
  double: [1, 0],
  string: [2, ""],
  octets: [2, emptyBytes],
} as const);

type FieldType = keyof typeof types;

/** Types of a message's fields, in the order of their numbers, which begin at 1. */
type Fields<M> = { readonly [F in keyof M]: FieldType };

/** Returns the fields of a message, each with its tag and type. */
function tagged<M>(fields: Partial<Fields<M>>): readonly (readonly [tag: number, keyof M, FieldType])[] {
  return (Object.entries(fields) as [keyof M, FieldType][]).map(([field, type], index) => [
    ((index + 1) << 3) | types[type][0],
    field,
    type,
  ]);
}

/**
 * Reads a control message by a table of its fields. The generated codecs, one function for each message and direction, would
 * be a fifth of a page's client; a test compares both.
 */
function got<M>(name: string, fields: Fields<M>): Decoder<M> {
  const all = tagged(fields);
  return {
    name,
    read(reader: Reader, end: number): M {
      const message = {} as Record<keyof M, unknown>;
      for (const [, field, type] of all) message[field] = types[type][1];
      while (reader.position < end) {
        const tag = reader.tag();
        const found = all.find(([known]) => known === tag);
        if (found) message[found[1]] = reader[found[2]]();
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
      for (const [tag, field, type] of tagged<M>(fields)) {
        const value: unknown = message[field];
        if (!value || (value as Uint8Array).length === 0) continue;
        // A ticket may be bytes or text, which look alike on the wire.
        if (typeof value === "string") writer.string(tag, value);
        else if (type === "octets") writer.octets(tag, value as Uint8Array);
        else if (type === "double") writeDouble(writer, tag, value as number);
        else writeUint32(writer, tag, Number(value));
      }
    },
  };
}

/** A message with a ticket that may be text. */
type WithProof<M> = Omit<M, "ticket"> & { readonly ticket: Proof };

/** Hello as a client gives it; a number of {@link Hello.compressions} has one byte. */
export type ClientHello = Omit<WithProof<Hello>, "compressions"> & {
  readonly compressions?: Uint8Array;
};

/** Welcome as a client reads it: a client that is welcome does not need the releases. */
export type Welcome = Omit<WholeWelcome, "release" | "minRelease">;

export const sentHello = sent<ClientHello>("Hello", {
  client: "string",
  schema: "string",
  resumeToken: "octets",
  lastPush: "uint32",
  ticket: "octets",
  answerCount: "uint32",
  canResume: "bool",
  canWait: "bool",
  compressions: "octets",
  release: "uint32",
  takesBatches: "bool",
});
export const sentAuthenticate = sent<WithProof<Authenticate>>("Authenticate", { ticket: "octets" });
export const sentPing = sent<Ping>("Ping", { sentMs: "double" });
export const sentPong = sent<Pong>("Pong", { sentMs: "double", clockMs: "double" });
export const sentCancel = sent<Cancel>("Cancel", { sequence: "uint32" });
export const sentAck = sent<Ack>("Ack", { push: "uint32", answerCount: "uint32" });
export const sentBye = sent<Bye>("Bye");

export const gotWelcome = got<Welcome>("Welcome", {
  session: "string",
  heartbeatMs: "uint32",
  serverTimeMs: "double",
  maxFrameBytes: "uint32",
  schema: "string",
  resumeToken: "octets",
  resumeWindowMs: "uint32",
  resumed: "bool",
  maxServerFrameBytes: "uint32",
  lastRequest: "uint32",
  notifyCount: "uint32",
  refusal: "uint32",
  ticketMs: "uint32",
  compression: "uint32",
  compressAbove: "uint32",
});
export const gotAuthenticated = got<Authenticated>("Authenticated", {
  ticketMs: "uint32",
  code: "uint32",
  reason: "string",
  retryAfterMs: "uint32",
});
export const gotQueued = got<Queued>("Queued", { position: "uint32", estimateMs: "uint32" });
export const gotPing = got<Ping>("Ping", { sentMs: "double" });
export const gotPong = got<Pong>("Pong", { sentMs: "double", clockMs: "double" });
export const gotKick = got<Kick>("Kick", {
  code: "uint32",
  reason: "string",
  reconnect: "bool",
  retryAfterMs: "uint32",
  minRelease: "uint32",
  serverRelease: "uint32",
  tooNew: "bool",
  change: "string",
  url: "string",
});
export const gotGoAway = got<GoAway>("GoAway", {
  address: "string",
  graceMs: "uint32",
  resumeToken: "octets",
});
export const gotNodeChange = got<NodeChange>("NodeChange", {
  role: "string",
  node: "string",
  state: "uint32",
  planned: "bool",
  awaitedMs: "uint32",
});
export const gotFailure = got<Failure>("Failure", {
  code: "uint32",
  message: "string",
  retryAfterMs: "uint32",
  command: "uint32",
  outcome: "uint32",
});
