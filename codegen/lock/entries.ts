import type { Enum, Location, Message, Schema } from "../../schema/model.ts";
import type { LockedCall } from "./lock.ts";

/** A command, push or method, as the lock records it. */
export interface Entry {
  readonly id: number;
  /** Full name: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly kind: LockedCall["kind"];
  readonly location: Location;
}

/** Declarations that a lock records. */
export interface Lockable {
  /** Commands and pushes, which share one range of ids. */
  readonly calls: readonly Entry[];
  readonly methods: readonly Entry[];
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
}

/** Collects the declarations that a lock records. Google's files are left out, since their numbers never change. */
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
