import {
  batchKind,
  batchLengthBytes,
  type Kind,
  nextSequence,
} from "../../../../runtime/wire/session/envelope.ts";
import type { ChannelContext } from "./channel-ports.ts";

/**
 * Takes a push, or a batch of pushes of one id, each with its length in two bytes before it. Returns why the connection cannot go on, as
 * a counter and a reason; undefined when it can.
 *
 * @param channel connection, which a listener may end
 */
export function takePushes(
  { inbox }: ChannelContext,
  of: Kind,
  first: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  channel: { readonly open: boolean },
): readonly [counter: string, reason: string] | undefined {
  let sequence = first;
  let at = start;
  do {
    let body = at;
    at = end;
    if (of === batchKind) {
      // Also of an empty batch: there is no length.
      at = body + batchLengthBytes + ((bytes[body]! << 8) | bytes[body + 1]!);
      body += batchLengthBytes;
    }
    if (at > end) return ["envelopes.illegal", "a batch ends within a push"];
    if (!inbox.push(sequence, id, bytes, body, at))
      return ["pushes.missing", `push ${sequence} came after push ${inbox.lastPush}`];
    sequence &&= nextSequence(sequence);
  } while (at < end && channel.open);
  return undefined;
}
