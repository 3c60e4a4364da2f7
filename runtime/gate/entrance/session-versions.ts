import {
  type ClientVersion,
  mostUnknownClients,
  otherClients,
  unknownClient,
} from "../route/deprecated-uses.ts";

/**
 * Counts the sessions of a gate by the version of their clients. Sessions without a Hello, such as classic ones, have no version and are
 * not counted.
 */
export class SessionVersions {
  readonly #counts = new Map<ClientVersion, number>();

  /** Counts a session whose client has sent its version, instead of the former version of the session. */
  set(former: ClientVersion, version: ClientVersion): void {
    this.remove(former);
    if (version !== unknownClient) this.#counts.set(version, (this.#counts.get(version) ?? 0) + 1);
  }

  /** Counts a session no more. */
  remove(version: ClientVersion): void {
    const count = this.#counts.get(version) ?? 0;
    if (count > 1) this.#counts.set(version, count - 1);
    else this.#counts.delete(version);
  }

  /**
   * Returns the counts of the known versions, also those without a session, and of the most frequent other ones. The rest is counted
   * as {@link otherClients}, since a client may send any number; sessions without a version as {@link unknownClient}.
   *
   * @param sessions number of all sessions
   */
  entries(known: readonly ClientVersion[], sessions: number): [ClientVersion, number][] {
    const found = new Map<ClientVersion, number>(known.map((version) => [version, 0]));
    const others: [ClientVersion, number][] = [];
    let rest = sessions;
    for (const [version, count] of this.#counts) {
      rest -= count;
      if (found.has(version)) found.set(version, count);
      else others.push([version, count]);
    }
    others.sort(([, a], [, b]) => b - a);
    const dropped = others.splice(mostUnknownClients).reduce((sum, [, count]) => sum + count, 0);
    return [
      ...found,
      ...others,
      ...(dropped === 0 ? [] : [[otherClients, dropped] satisfies [ClientVersion, number]]),
      ...(rest <= 0 ? [] : [[unknownClient, rest] satisfies [ClientVersion, number]]),
    ];
  }
}
