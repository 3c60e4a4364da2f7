import type { BodyType, Command, Push } from "../../schema/model.ts";
import type { SchemaIndex } from "./emit-context.ts";

/** Returns whether the bodies of a command in one direction, or those of a push, may be compressed. */
export function mayCompress(
  { compress }: Pick<Command | Push, "compress">,
  body: BodyType | undefined,
  index: SchemaIndex,
): boolean {
  if (compress === "NEVER" || body === undefined) return false;
  return body.kind === "raw" || !hasSecret(body.name, index, new Set());
}

/**
 * Returns whether a message has a field of the class SECRET, in nested messages, too. The size of a compressed body tells about its
 * content, so a secret in it could be guessed, byte by byte, by somebody who chooses another part of the body.
 */
function hasSecret(name: string, index: SchemaIndex, seen: Set<string>): boolean {
  if (seen.has(name)) return false;
  seen.add(name);
  return index
    .message(name)
    .fields.some(
      ({ dataClass, type }) =>
        dataClass === "SECRET" || (type.kind === "message" && hasSecret(type.name, index, seen)),
    );
}
