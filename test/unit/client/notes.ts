import type { ClientCommand, ClientPush } from "../../../clients/typescript/src/index.ts";
import { Ping } from "../../../runtime/wire/generated/photinus/control.ts";

/** A message with one number, borrowed from the control messages: these tests need no schema of their own. */
export type Note = Ping;
export const Note = Ping;

export function note(sentMs: number): Note {
  return { sentMs };
}

export const ask: ClientCommand<Note, Note> = {
  id: 201,
  name: "test.Ask",
  request: Note,
  reply: Note,
  timeoutMs: 5_000,
  idempotent: false,
};

export const other: ClientCommand<Note, Note> = { ...ask, id: 202, name: "test.Other" };

export const tell: ClientCommand<Note, never> = {
  id: 203,
  name: "test.Tell",
  request: Note,
  reply: undefined,
  timeoutMs: 5_000,
  idempotent: false,
};

export const noted: ClientPush<Note> = { id: 251, name: "test.Noted", body: Note };
