import calculateSlot from "cluster-key-slot";
import type { Cluster, Redis } from "ioredis";
import type { Text } from "../redis-mysql/column-text.ts";

/** Connects to a server. Commands wait for the connection and fail when it cannot be made. */
export type Join = (host: string, port: number) => Redis;

/**
 * Servers of a cluster. The driver discovers them and their slots; commands are sent on a server's own connection. The
 * driver's own routing does not fit: because of one redirection it resends all commands of a tick, it delays the reads among
 * them, and it ignores a failed ASKING.
 */
export class RedisServers {
  readonly #cluster: Cluster;
  readonly #join: Join;
  /** Servers known to the driver, by "host:port". */
  readonly #known = new Map<string, Redis>();
  /** Servers unknown to the driver, because they have no slot yet; by "host:port". */
  readonly #unmanaged = new Map<string, Redis>();

  /**
   * Must be called before `cluster` connects.
   *
   * @param prepare is called with each new connection
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

  /**
   * Server that has a key's slot; any server when the slot's is unknown, because it redirects. Throws when no server is
   * reachable.
   */
  of(key: Text): Redis {
    const [place] = this.#cluster.slots[calculateSlot(key)] ?? [];
    const known = place === undefined ? undefined : this.#known.get(place);
    const server = known ?? this.#known.values().next().value;
    if (server === undefined) throw new Error("no server of the cluster can be reached");
    return server;
  }

  /** Server that a redirection names. */
  at(host: string, port: number): Redis {
    const place = `${host}:${port}`;
    const known = this.#known.get(place);
    const unmanaged = this.#unmanaged.get(place);
    if (known === undefined) return unmanaged ?? this.#meet(place, host, port);
    this.#unmanaged.delete(place);
    // QUIT lets the server answer pending commands first.
    unmanaged?.quit().catch(() => undefined);
    return known;
  }

  /** Lets the driver reload the slots of all servers. */
  refresh(): void {
    this.#cluster.refreshSlotsCache();
  }

  /** Disconnects from the servers that the driver does not manage. */
  close(): void {
    for (const unmanaged of this.#unmanaged.values()) unmanaged.disconnect();
  }

  #meet(place: string, host: string, port: number): Redis {
    const unmanaged = this.#join(host, port);
    this.#unmanaged.set(place, unmanaged);
    unmanaged.once("end", () => {
      if (this.#unmanaged.get(place) === unmanaged) this.#unmanaged.delete(place);
    });
    return unmanaged;
  }
}

function placeOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
