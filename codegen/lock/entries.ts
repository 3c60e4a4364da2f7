import type { Enum, Location, Message, Schema } from "../../schema/model.ts";
import type { LockedCall } from "./lock.ts";

/** A command, push or method, as the lock sees it. */
export interface Entry {
  readonly id: number;
  readonly name: string;
  readonly kind: LockedCall["kind"];
  readonly location: Location;
}

export interface Lockable {
  readonly calls: readonly Entry[];
  readonly methods: readonly Entry[];
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
}

/** All of a schema that its lock records. Google's own files are left out: they do not change. */
export function lockable(schema: Schema): Lockable {
  const files = schema.files.filter(({ path }) => !path.startsWith("google/protobuf/"));
  const services = files.flatMap((file) => file.services);
  const entry =
    (kind: Entry["kind"]) =>
    ({ id, fullName, location }: { id: number; fullName: string; location: Location }): Entry => ({
      id,
      name: fullName,
      kind,
      location,
    });
  return {
    calls: services.flatMap(({ commands, pushes }) => [
      ...commands.map(entry("command")),
      ...pushes.map(entry("push")),
    ]),
    methods: services.flatMap(({ methods }) => methods.map(entry("method"))),
    messages: files.flatMap((file) => file.messages),
    enums: files.flatMap((file) => file.enums),
  };
}
