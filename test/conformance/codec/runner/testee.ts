import { decode, encode, type MessageType } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";
import { ConformanceRequest, ConformanceResponse } from "../fixtures/conformance.messages.ts";

/*
 * The program that protobuf's own conformance suite talks to. Requests come on stdin, answers go to stdout, each behind its
 * length in four bytes, little-endian.
 *
 *     node -C photinus-source testee.ts MODULE...
 *
 * with the modules whose generated messages are asked for.
 */

type Answer = NonNullable<ConformanceResponse["result"]>;

const binary = 1;
const types = new Map<string, MessageType<unknown>>();
for (const path of process.argv.slice(2)) {
  const module = (await import(path)) as Record<string, unknown>;
  for (const value of Object.values(module)) if (isMessageType(value)) types.set(value.name, value);
}

function isMessageType(value: unknown): value is MessageType<unknown> {
  return typeof value === "object" && value !== null && "read" in value && "name" in value;
}

function answer({ payload, messageType, requestedOutputFormat }: ConformanceRequest): Answer {
  // The suite asks first which cases are known to fail: none.
  if (messageType === "conformance.FailureSet") return { case: "protobufPayload", value: new Uint8Array() };
  const type = types.get(messageType);
  if (type === undefined) return { case: "skipped", value: `no message ${messageType}` };
  if (payload?.case !== "protobufPayload" || requestedOutputFormat !== binary) {
    return { case: "skipped", value: "not the binary format" };
  }
  let message: unknown;
  try {
    message = decode(type, payload.value);
  } catch (error) {
    if (!isPhotinusError(error)) throw error;
    return { case: "parseError", value: error.message };
  }
  return { case: "protobufPayload", value: encode(type, message) };
}

let received = Buffer.alloc(0);
process.stdin.on("data", (chunk: Buffer) => {
  received = Buffer.concat([received, chunk]);
  while (received.length >= 4 && received.length >= 4 + received.readUInt32LE(0)) {
    const end = 4 + received.readUInt32LE(0);
    const response = encode(ConformanceResponse, {
      result: answer(decode(ConformanceRequest, received, 4, end)),
    });
    received = received.subarray(end);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(response.length);
    process.stdout.write(Buffer.concat([size, response]));
  }
});
