import type { Decoder, Encoder } from "../../../../runtime/wire/codec/codec-runtime.ts";
import {
  type Ack,
  type Bye,
  type Cancel,
  type Failure,
  type GoAway,
  type Hello,
  type Kick,
  type NodeChange,
  type Ping,
  type Pong,
  readFailure,
  readGoAway,
  readKick,
  readNodeChange,
  readPing,
  readPong,
  readWelcome,
  type Welcome,
  writeAck,
  writeBye,
  writeCancel,
  writeHello,
  writePing,
  writePong,
} from "../../../../runtime/wire/generated/photinus/control.ts";

// A client needs one half of each control message, encoder or decoder. The other halves stay out of its bundle.

export const sentHello: Readonly<Encoder<Hello>> = { name: "Hello", write: writeHello };
export const sentPing: Readonly<Encoder<Ping>> = { name: "Ping", write: writePing };
export const sentPong: Readonly<Encoder<Pong>> = { name: "Pong", write: writePong };
export const sentAck: Readonly<Encoder<Ack>> = { name: "Ack", write: writeAck };
export const sentBye: Readonly<Encoder<Bye>> = { name: "Bye", write: writeBye };
export const sentCancel: Readonly<Encoder<Cancel>> = { name: "Cancel", write: writeCancel };

export const gotWelcome: Readonly<Decoder<Welcome>> = { name: "Welcome", read: readWelcome };
export const gotPing: Readonly<Decoder<Ping>> = { name: "Ping", read: readPing };
export const gotPong: Readonly<Decoder<Pong>> = { name: "Pong", read: readPong };
export const gotKick: Readonly<Decoder<Kick>> = { name: "Kick", read: readKick };
export const gotGoAway: Readonly<Decoder<GoAway>> = { name: "GoAway", read: readGoAway };
export const gotNodeChange: Readonly<Decoder<NodeChange>> = { name: "NodeChange", read: readNodeChange };
export const gotFailure: Readonly<Decoder<Failure>> = { name: "Failure", read: readFailure };
