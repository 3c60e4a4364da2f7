import type { Codec } from "../../../../runtime/wire/codec/codec-runtime.ts";
import {
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
  writeCancel,
  writeHello,
  writePing,
  writePong,
} from "../../../../runtime/wire/generated/photinus/control.ts";

/** The half of a codec that sends. */
export type Sending<M> = Pick<Codec<M>, "name" | "write">;
/** The half of a codec that gets. */
export type Getting<M> = Pick<Codec<M>, "name" | "read">;

// Of the control messages a client needs the half that stands on its side: the other halves are not in its bundle.

export const sentHello: Readonly<Sending<Hello>> = { name: "Hello", write: writeHello };
export const sentPing: Readonly<Sending<Ping>> = { name: "Ping", write: writePing };
export const sentPong: Readonly<Sending<Pong>> = { name: "Pong", write: writePong };
export const sentCancel: Readonly<Sending<Cancel>> = { name: "Cancel", write: writeCancel };

export const gotWelcome: Readonly<Getting<Welcome>> = { name: "Welcome", read: readWelcome };
export const gotPing: Readonly<Getting<Ping>> = { name: "Ping", read: readPing };
export const gotPong: Readonly<Getting<Pong>> = { name: "Pong", read: readPong };
export const gotKick: Readonly<Getting<Kick>> = { name: "Kick", read: readKick };
export const gotGoAway: Readonly<Getting<GoAway>> = { name: "GoAway", read: readGoAway };
export const gotNodeChange: Readonly<Getting<NodeChange>> = { name: "NodeChange", read: readNodeChange };
export const gotFailure: Readonly<Getting<Failure>> = { name: "Failure", read: readFailure };
