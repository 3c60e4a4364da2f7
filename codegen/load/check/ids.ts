import { fnvOfBytes } from "../../../schema/fnv.ts";
import type { Location, Schema } from "../../../schema/model.ts";
import type { Report } from "../diagnostic.ts";

/** First id that is reserved for control messages (docs/PROTOCOL.md). */
export const firstReservedId = 0xffffff00;

/** Range of valid ids, as diagnostics print it. */
export const idRange = "1 to 4294967039 (0xFFFFFEFF)";

/** True for a valid id of a command, a push or a method. */
export function isId(id: number): boolean {
  return id >= 1 && id < firstReservedId;
}

/**
 * Id of a method without a declared one: FNV-1a with 32 bits over the UTF-8 bytes of its full name ("meadow.ChatDesk.Arrived").
 * A hash in the reserved range loses its highest bit; 0 becomes 1.
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

/**
 * Reports duplicate ids over all files. Commands and pushes share one range of ids; methods have a separate one.
 *
 * @param places locations of declared ids by full name of the call; a method without one has a hash
 */
export function checkIds(
  schema: Pick<Schema, "files">,
  report: Report,
  places: ReadonlyMap<string, Location>,
): void {
  const services = schema.files.flatMap((file) => file.services);
  const calls: Numbered[] = services.flatMap((service) => [...service.commands, ...service.pushes]);
  const methods: Numbered[] = services.flatMap((service) => service.methods);
  const taken = new Set(calls.map(({ id }) => id));
  const reserved = new Map(
    services.flatMap(({ reservedIds = [], fullName }) => reservedIds.map((id) => [id, fullName] as const)),
  );
  for (const call of calls) {
    const by = reserved.get(call.id);
    if (by === undefined) continue;
    const location = places.get(call.fullName) ?? call.location;
    const message = `${by} reserves the id ${call.id} of ${call.fullName}: a removed call had it`;
    report.add("PH061", location.file, location, message, "use an id that was never used");
  }
  const free = (id: number): number =>
    taken.has(id) || reserved.has(id) || !isId(id) ? free(isId(id) ? id + 1 : 1) : id;
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
        ? `${call.fullName} and ${other.fullName} both have the id ${call.id}; at least one is a hash of its name`
        : `${call.fullName} and ${other.fullName} both have the id ${call.id}`;
      const help =
        list === calls
          ? `use a free id, such as ${free(call.id)}`
          : "declare another id for one of the two: option (photinus.method) = { id: ... };";
      const location = at ?? call.location;
      const second = places.get(other.fullName) ?? other.location;
      report.add(hashed ? "PH059" : "PH044", location.file, location, message, help, second);
    }
  }
}
