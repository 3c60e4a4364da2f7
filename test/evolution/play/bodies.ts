import { typeName } from "../../../codegen/typescript/naming.ts";
import { decode, encode, type MessageType } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Schema } from "../../../schema/model.ts";
import { Comparison } from "./compare.ts";
import { type Findings, failureText } from "./finding.ts";
import { sampleCount, sampleMessage } from "./samples.ts";
import type { Side, Sides } from "./sides.ts";
import { endOf } from "./talk.ts";

/** Encodes messages with one release and decodes them with the other one, for schemas that consist of messages alone. */
export async function playBodies({ old, new: next }: Sides, findings: Findings): Promise<void> {
  if (hasMore(old.schema) || hasMore(next.schema)) return;
  await pass(next, old, (what) => findings.add("old client", what));
  await pass(old, next, (what) => findings.add("new client", what));
}

async function pass(from: Side, to: Side, tell: (what: string) => void): Promise<void> {
  for (const { path, messages } of from.schema.files) {
    const [writes, reads] = [await from.messages(path), await to.messages(path)];
    for (const message of messages) {
      const writer = writes[typeName(message)] as MessageType<object>;
      const reader = reads[typeName(message)] as MessageType<object> | undefined;
      if (reader === undefined) continue;
      for (let turn = 0; turn < sampleCount; turn++) {
        const sent = sampleMessage(from.schema, message.fullName, turn, 0);
        try {
          const read = decode(reader, encode(writer, writer.create(sent))) as Record<string, unknown>;
          const { fullName } = message;
          const compared = new Comparison(endOf(from, true), endOf(to, true));
          for (const one of compared.messages(fullName, sent, fullName, read, ""))
            tell(`${fullName}: ${one}`);
        } catch (error) {
          tell(`${message.fullName} fails: ${failureText(error)}`);
        }
      }
    }
  }
}

function hasMore({ files }: Schema): boolean {
  return files.some(
    ({ services, messages }) => services.length > 0 || messages.some(({ table }) => table !== undefined),
  );
}
