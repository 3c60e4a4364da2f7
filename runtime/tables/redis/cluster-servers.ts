import calculateSlot from "cluster-key-slot";
import type { Cluster, Redis } from "ioredis";
import type { Text } from "../redis-mysql/column-text.ts";

/** Connects to a server; commands wait for the connection, and fail when there is none. */
export type Join = (host: string, port: number) => Redis;

/**
 * The servers of a cluster. The driver finds them, and knows which has which slot; commands go to a server's own connection.
 * The driver's way of sending them through the cluster follows redirections in ways that do not do here: it sends all of a
 * tick again because of one, holds up the reads among them, and asks a server to take them without listening to whether that
 * fails.
 */
export class RedisServers {
  readonly #cluster: Cluster;
  readonly #join: Join;
  /** By "host:port". */
  readonly #known = new Map<string, Redis>();
  /** Servers that the driver does not know of, as they have no slot yet. */
  readonly #strangers = new Map<string, Redis>();

  /**
   * @param cluster that does not connect before this is called
   * @param prepare is called with each connection
   */
  constructor(cluster: Cluster, join: Join, prepare: (server: Redis) => void) {
    this.#cluster = cluster;
    this.#join = join;
    cluster.on("+node", (server: Redis) => {
      prepare(server);
      this.#known.set(placeOf(server), server);
    });
    cluster.on("-node", (server: Redis) => {
      const place = placeOf(server);
      if (this.#known.get(place) === server) this.#known.delete(place);
    });
  }

  /** The one that has a key's slot; when nobody knows it, one that may tell. Throws when all are away. */
  of(key: Text): Redis {
    const [place] = this.#cluster.slots[calculateSlot(key)] ?? [];
    const known = place === undefined ? undefined : this.#known.get(place);
    const server = known ?? this.#known.values().next().value;
    if (server === undefined) throw new Error("no server of the cluster can be reached");
    return server;
  }

  /** The one that a redirection names. */
  at(host: string, port: number): Redis {
    const place = `${host}:${port}`;
    const known = this.#known.get(place);
    const stranger = this.#strangers.get(place);
    if (known === undefined) return stranger ?? this.#meet(place, host, port);
    this.#strangers.delete(place);
    // It answers what it was given before.
    stranger?.quit().catch(() => undefined);
    return known;
  }

  /** Has the driver ask again which server has which slot. */
  refresh(): void {
    this.#cluster.refreshSlotsCache();
  }

  close(): void {
    for (const stranger of this.#strangers.values()) stranger.disconnect();
  }

  #meet(place: string, host: string, port: number): Redis {
    const stranger = this.#join(host, port);
    this.#strangers.set(place, stranger);
    stranger.once("end", () => {
      if (this.#strangers.get(place) === stranger) this.#strangers.delete(place);
    });
    return stranger;
  }
}

function placeOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
