import type { Protocol } from "../../api/protocol.ts";

/** Releases of clients that a server serves, as its schema and its settings say. */
export interface ServedReleases extends Pick<Protocol, "fingerprint" | "release" | "releases"> {
  /** Least release that may enter; 0: every release. */
  readonly minRelease: number;
  /** Whether clients of later releases than the server's may enter. */
  readonly allowNewer: boolean;
}

/** Release and schema of a client, from its Hello. */
export interface ClientRelease {
  /** Number of the client's release; 0 when unknown. */
  readonly release: number;
  /** Fingerprint of the client's schema; "" when unknown. */
  readonly schema: string;
}

/** Reason for which a client is not served because of its release. */
export interface ReleaseRefusal {
  /** True when the client is newer than the server; false when it is too old. */
  readonly tooNew: boolean;
  /** Least release from which on the server serves all clients. */
  readonly minRelease: number;
  /** Release of the server; see {@link serverRelease}. */
  readonly serverRelease: number;
  /** First change that the client does not understand, in words; "" when there is none, or unknown. */
  readonly change: string;
}

/**
 * Returns the number of the server's release; see `Protocol.release`. A protocol with releases and without a number counts as the last
 * of them. 0: never released.
 */
export function serverRelease({ release, releases = [] }: Pick<Protocol, "release" | "releases">): number {
  return release || releases.reduce((last, { number }) => Math.max(last, number), 0);
}

/** Returns the least release from which on the server serves all clients up to its own release. */
export function leastServed({ releases = [], minRelease }: ServedReleases): number {
  const broken = releases.filter(({ breaks }) => breaks !== undefined);
  return broken.reduce((least, { number }) => Math.max(least, number + 1), minRelease);
}

/** Whether the server knows a fingerprint: its own one, and those of all releases of its schema. */
export function knowsSchema({ fingerprint, releases = [] }: ServedReleases, schema: string): boolean {
  return schema !== "" && (schema === fingerprint || releases.some((one) => one.fingerprint === schema));
}

/**
 * Decides whether a server serves a client of this release. Returns undefined for a client that is served, and the reason otherwise.
 *
 * - Too old: the release is below the minimum, or the schema has since changed so that its clients no longer understand it.
 * - Too new: the number is above the server's, the server does not know the fingerprint, and newer clients are not allowed.
 *
 * The fingerprint says more than the number: it is part of the client's code. The number tells releases of one fingerprint apart,
 * whose policy differs. A client that sends only one of the two is judged by that one. A client of an unknown age, which sends neither or
 * an unreleased fingerprint, is served.
 */
export function judgeRelease(client: ClientRelease, served: ServedReleases): ReleaseRefusal | undefined {
  const { fingerprint, releases = [], minRelease, allowNewer } = served;
  const ours = serverRelease(served);
  const isOurs = client.schema !== "" && client.schema === fingerprint;
  const known =
    client.schema === "" ? undefined : releases.findLast((one) => one.fingerprint === client.schema);
  const release = client.release || (isOurs ? ours : (known?.number ?? 0));
  const numbered = releases.find((one) => one.number === client.release);
  // Policy is no part of a fingerprint, and may break clients, too: of several releases with one, the number tells which it is.
  const exact = numbered?.fingerprint === client.schema ? numbered : undefined;
  const isPresent = isOurs && (exact === undefined || exact.number >= ours);
  const change = isPresent ? undefined : (exact ?? known ?? numbered)?.breaks;
  const isTooOld = change !== undefined || (release > 0 && release < minRelease);
  const isTooNew = !allowNewer && ours > 0 && release > ours && !isOurs && known === undefined;
  if (!isTooOld && !isTooNew) return undefined;
  return {
    tooNew: !isTooOld,
    minRelease: leastServed(served),
    serverRelease: ours,
    change: change ?? "",
  };
}
