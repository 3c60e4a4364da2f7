import type { MessageType } from "../../../runtime/wire/codec/codec-runtime.ts";
import * as batch from "./fixtures/batch.messages.ts";
import * as elsewhere from "./fixtures/elsewhere.messages.ts";
import * as hostile from "./fixtures/hostile.messages.ts";
import * as kinds from "./fixtures/kinds.messages.ts";

/** A message whose type is only known by name: what generic tests handle. */
export type AnyMessage = Record<string, unknown>;

/** The generated message types by full name, Google's left out. */
export const messageTypes: ReadonlyMap<string, MessageType<AnyMessage>> = new Map(
  [kinds, elsewhere, hostile, batch]
    .flatMap((module) => Object.values<object>(module))
    .filter(isMessageType)
    .map((type) => [type.name, type]),
);

export function messageType(name: string): MessageType<AnyMessage> {
  const type = messageTypes.get(name);
  if (!type) throw new Error(`no generated message ${name}`);
  return type;
}

function isMessageType(value: object): value is MessageType<AnyMessage> {
  return "read" in value && "write" in value;
}
