import type { BodyType, Schema } from "../../../schema/model.ts";
import { SchemaIndex } from "../emit-context.ts";

/**
 * Returns the part of a schema that clients may know: services for clients, and the messages and enums that their commands and
 * pushes reach. Tables and node-to-node messages stay out, so that client code does not disclose them.
 */
export function clientPart(schema: Schema): Schema {
  const index = new SchemaIndex(schema);
  const reached = new Set<string>();
  const reach = (fullName: string) => {
    if (reached.has(fullName)) return;
    reached.add(fullName);
    const found = index.find(fullName);
    if (found.kind === "enum") return;
    for (const { type } of found.message.fields) {
      if (type.kind !== "scalar") reach(type.name);
    }
  };
  const reachBody = (body: BodyType | undefined) => {
    if (body?.kind === "message") reach(body.name);
  };
  const files = schema.files.map((file) => {
    const services = file.services.filter(({ audience }) => audience === "CLIENTS");
    for (const { commands, pushes } of services) {
      for (const { request, reply } of commands) {
        reachBody(request);
        reachBody(reply);
      }
      for (const { body } of pushes) reachBody(body);
    }
    return { ...file, services };
  });
  return {
    ...schema,
    files: files.map((file) => ({
      ...file,
      messages: file.messages.filter(({ fullName }) => reached.has(fullName)),
      enums: file.enums.filter(({ fullName }) => reached.has(fullName)),
    })),
  };
}
