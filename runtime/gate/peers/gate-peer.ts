import type { Link } from "../../rpc/link.ts";

/** Another gate of the cluster, over this gate's own link to it. */
export class GatePeer {
  readonly name: string;
  /** Link that the gate has welcomed; undefined while the gate is unreachable. */
  link: Link | undefined = undefined;
  /** Names of the gates that the peer knows, sorted; empty before its first welcome. */
  gates: readonly string[] = [];
  /** True once the gate has announced that it stops. */
  stopping = false;
  /** True once the gate has proved itself on the current link, and always without keys. Before, its messages are ignored. */
  trusted: boolean;
  /** Time from which the gate is dialled, in ms of this gate's clock. */
  readonly #since: number;
  readonly #mustProve: boolean;
  /** True once the gate was usable. */
  #known = false;
  #prepared = false;
  #usable = Promise.withResolvers<Link>();

  /** @param mustProve whether the gate has to prove itself on each link */
  constructor(name: string, since = 0, mustProve = false) {
    this.name = name;
    this.#since = since;
    this.#mustProve = mustProve;
    this.trusted = !mustProve;
  }

  /** The link, once requests may be sent over it. */
  get usable(): Link | undefined {
    return this.#prepared && this.link?.alive ? this.link : undefined;
  }

  /** Returns whether the gate may have sessions that are not known here: it has never been usable, for less than `ms`. */
  isAwaited(now: number, ms: number): boolean {
    return !this.#known && now - this.#since < ms;
  }

  /** Resolves with the link, once requests may be sent over it. */
  whenUsable(): Promise<Link> {
    return this.#usable.promise;
  }

  /** Takes a link that the gate has welcomed. */
  linked(link: Link, gates: readonly string[]): void {
    this.link = link;
    this.gates = gates;
    this.stopping = false;
  }

  /** Marks the link as usable: the gate has what it must know before the first request. */
  ready(): void {
    if (this.link === undefined || this.#prepared) return;
    this.#prepared = true;
    this.#known = true;
    this.#usable.resolve(this.link);
  }

  /** Notes the loss of the link. */
  lost(): void {
    this.link = undefined;
    this.trusted = !this.#mustProve;
    if (this.#prepared) this.#usable = Promise.withResolvers<Link>();
    this.#prepared = false;
  }
}
