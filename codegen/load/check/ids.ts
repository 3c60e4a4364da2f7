import { fnvOfBytes } from "../../../schema/fnv.ts";
import type { Location, Schema } from "../../../schema/model.ts";
import type { Report } from "../diagnostic.ts";

/** Ids from here up are reserved for control (docs/PROTOCOL.md). */
export const firstReservedId = 0xffffff00;

/** "1 .. 0xFFFFFEFF", for messages. */
export const idRange = "1 to 4294967039 (0xFFFFFEFF)";

/** True for a number that a command, a push or a method can have. */
export function isId(id: number): boolean {
  return id >= 1 && id < firstReservedId;
}

/**
 * The id of a method that declares none: FNV-1a with 32 bits over the UTF-8 bytes of its full name
 * ("meadow.ChatDesk.Arrived"). In the reserved range at the top the highest bit is cleared; 0 becomes 1.
 */
export function methodId(fullName: string): number {
  const hash = fnvOfBytes(new TextEncoder().encode(fullName)) >>> 0;
  if (hash >= firstReservedId) return hash & 0x7fffffff;
  return hash === 0 ? 1 : hash;
}

interface Numbered {
  readonly id: number;
  readonly name: string;
  readonly fullName: string;
  readonly location: Location;
}

/** Commands and pushes share one range of ids; methods have another. Both must be free of doubles over all files. */
export function checkIds(
  schema: Pick<Schema, "files">,
  report: Report,
  places: ReadonlyMap<string, Location>,
): void {
  const services = schema.files.flatMap((file) => file.services);
  const calls: Numbered[] = services.flatMap((service) => [...service.commands, ...service.pushes]);
  const methods: Numbered[] = services.flatMap((service) => service.methods);
  const taken = new Set(calls.map(({ id }) => id));
  const free = (id: number): number => (taken.has(id) || !isId(id) ? free(isId(id) ? id + 1 : 1) : id);
  for (const list of [calls, methods]) {
    const seen = new Map<number, Numbered>();
    for (const call of list) {
      const other = seen.get(call.id);
      seen.set(call.id, other ?? call);
      if (other === undefined || !isId(call.id)) continue;
      const at = places.get(call.fullName);
      const declared = at !== undefined;
      const hashed = list === methods && (!declared || !places.has(other.fullName));
      const message = hashed
        ? `the ids of ${call.fullName} and ${other.fullName} are both ${call.id}; at least one is a hash of its name`
        : `the id ${call.id} of ${call.fullName} is used by ${other.fullName}`;
      const help =
        list === calls
          ? `use an id of its own, such as ${free(call.id)}`
          : "declare another id: option (photinus.method) = { id: ... };";
      const location = at ?? call.location;
      const second = places.get(other.fullName) ?? other.location;
      report.add(hashed ? "PH059" : "PH044", location.file, location, message, help, second);
    }
  }
}
