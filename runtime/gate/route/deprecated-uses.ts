import type { Protocol } from "../../api/protocol.ts";
import type { Hello } from "../../wire/generated/photinus/control.ts";
import { serverRelease } from "../entrance/served-releases.ts";
import type { DeprecatedUse } from "../gate-status.ts";

/** Most kinds of clients that are counted apart, besides those of released schemas: a client may send any release or fingerprint. */
export const mostUnknownClients = 32;

/** Client in the counts: the number of its release, else the fingerprint of its schema, else {@link unknownClient}. */
export type ClientVersion = number | string;

/** Clients that have sent neither a release nor a fingerprint, such as all classic ones. */
export const unknownClient = "unknown";
/** Clients beyond {@link mostUnknownClients}, counted together. */
export const otherClients = "other";

/** Form of a fingerprint. Other texts of clients stay out of the counts, which people read on a terminal. */
const fingerprintForm = /^[0-9a-f]{16}$/;

/**
 * Counts the uses of deprecated commands since the start of a gate, by command and version of the client. Memory is bounded: clients of
 * releases that the protocol knows are counted apart, as are the first {@link mostUnknownClients} other versions.
 */
export class DeprecatedUses {
  readonly #commands: readonly string[];
  readonly #protocol: Pick<Protocol, "fingerprint" | "release" | "releases">;
  readonly #known: ReadonlySet<ClientVersion>;
  /** Counts by client, in the order of the commands. */
  readonly #counts = new Map<ClientVersion, Float64Array>();
  #unknownClients = 0;

  /** @param protocol its deprecated commands, in this order, have the indexes from 0 */
  constructor(protocol: Pick<Protocol, "fingerprint" | "release" | "releases" | "commands">) {
    const { fingerprint, releases = [], commands } = protocol;
    this.#protocol = protocol;
    this.#commands = commands.flatMap(({ name, deprecated }) => (deprecated === true ? [name] : []));
    const numbers = releases.map(({ number }) => number);
    this.#known = new Set([...numbers, serverRelease(protocol), fingerprint, unknownClient]);
  }

  /** Returns the version of the client of a Hello. A client that sends only the fingerprint of a release has its number. */
  versionOf({ release, schema }: Pick<Hello, "release" | "schema">): ClientVersion {
    const { fingerprint, releases = [] } = this.#protocol;
    const known = releases.findLast((one) => one.fingerprint === schema)?.number;
    const number = release || known || (schema === fingerprint ? serverRelease(this.#protocol) : 0);
    if (number > 0) return number;
    // One text for all sessions, and not one of each Hello.
    if (schema === fingerprint) return fingerprint;
    return fingerprintForm.test(schema) ? schema : unknownClient;
  }

  /** Counts one use of the deprecated command of an index. */
  add(client: ClientVersion, command: number): void {
    const counts = this.#counts.get(client) ?? this.#countsOf(client);
    counts[command] = (counts[command] ?? 0) + 1;
  }

  /** Returns all counts by command, and one entry without a client for each command that nobody has used. */
  entries(): DeprecatedUse[] {
    const clients = [...this.#counts.keys()].sort(byVersion);
    return this.#commands.flatMap((command, index) => {
      const uses = clients.flatMap((client): DeprecatedUse[] => {
        const calls = this.#counts.get(client)?.[index] ?? 0;
        const who = typeof client === "number" ? { release: client } : { schema: client };
        return calls === 0 ? [] : [{ command, calls, ...who }];
      });
      return uses.length === 0 ? [{ command, calls: 0 }] : uses;
    });
  }

  #countsOf(client: ClientVersion): Float64Array {
    const isKnown = this.#known.has(client) || client === otherClients;
    if (!isKnown && this.#unknownClients >= mostUnknownClients) {
      return this.#counts.get(otherClients) ?? this.#countsOf(otherClients);
    }
    if (!isKnown) this.#unknownClients++;
    const counts = new Float64Array(this.#commands.length);
    this.#counts.set(client, counts);
    return counts;
  }
}

/** Orders releases by their numbers, before all texts. */
function byVersion(a: ClientVersion, b: ClientVersion): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : 1;
}
