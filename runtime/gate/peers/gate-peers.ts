import { Dialer } from "../../rpc/dialer.ts";
import { introduce } from "../../rpc/introduction.ts";
import type { Link } from "../../rpc/link.ts";
import type { LinkLimits } from "../../rpc/link-options.ts";
import { dialLink } from "../../rpc/trust/dial-link.ts";
import type { LinkTrust } from "../../rpc/trust/link-trust.ts";
import type { LinkWelcome } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import { candidatesOf, type OwnerCandidate, type PeerEvents, type PeerLinks } from "../users/user-owner.ts";
import { GatePeer } from "./gate-peer.ts";
import { OutgoingPeerLink } from "./outgoing-peer-link.ts";
import type { PeerAddress } from "./peer-options.ts";

/** Peer with the dialer that keeps its link up. */
interface DialedPeer {
  readonly peer: GatePeer;
  readonly address: string;
  readonly dialer: Dialer;
}

/** Links of a gate to the other gates of its cluster. Each gate dials all others, and asks over its own links only. */
export class GatePeers implements PeerLinks {
  readonly #core: GateCore;
  readonly #limits: LinkLimits;
  readonly #trust: LinkTrust;
  readonly #peers = new Map<string, DialedPeer>();
  /** Names of all gates, this one included, sorted. */
  #names: readonly string[];
  #candidates: readonly OwnerCandidate[];
  /** Set before the first list of gates. */
  events!: PeerEvents;

  constructor(core: GateCore, limits: LinkLimits, trust: LinkTrust = {}) {
    this.#core = core;
    this.#trust = trust;
    this.#limits = limits;
    this.#names = [core.name];
    this.#candidates = candidatesOf(this.#names);
  }

  /** Names of all gates of the cluster, this one included, sorted. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The gates of {@link names}, as candidates for the ownership of users. */
  get candidates(): readonly OwnerCandidate[] {
    return this.#candidates;
  }

  /** Returns the peers of the list, linked or not. */
  all(): GatePeer[] {
    return [...this.#peers.values()].map(({ peer }) => peer);
  }

  get(name: string): GatePeer | undefined {
    return this.#peers.get(name)?.peer;
  }

  /** Replaces the list of gates, which may name this one. Dials new ones; a gate that is no longer listed is left. */
  set(addresses: readonly PeerAddress[]): void {
    const wanted = new Map(addresses.map((address) => [address.name, address]));
    wanted.delete(this.#core.name);
    const names = [this.#core.name, ...wanted.keys()].sort();
    const renamed = names.join() !== this.#names.join();
    this.#names = names;
    this.#candidates = candidatesOf(names);
    for (const [name, { peer, address, dialer }] of this.#peers) {
      const now = wanted.get(name);
      // The welcome of a link has the list of gates, so that a new list needs new links.
      if (!renamed && now !== undefined && address === `${now.host}:${now.port}`) continue;
      this.#peers.delete(name);
      dialer.destroy("the list of gates has changed");
      peer.lost();
    }
    for (const address of wanted.values()) {
      if (!this.#peers.has(address.name)) this.#peers.set(address.name, this.#dial(address));
    }
  }

  /** Dials a gate at once that has just linked to this one, and so is back. */
  hurry(name: string): void {
    this.#peers.get(name)?.dialer.hurry();
  }

  /** Closes all links and stops dialling. */
  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#peers.values()].map(({ dialer }) => dialer.close({ graceMs })));
  }

  destroy(reason: string): void {
    for (const { dialer } of this.#peers.values()) dialer.destroy(reason);
  }

  #dial({ name, host, port }: PeerAddress): DialedPeer {
    const core = this.#core;
    const peer = new GatePeer(name, core.clock.now(), this.#trust.keys !== undefined);
    const address = `${host}:${port}`;
    const dialer = new Dialer({
      dial: (signal) => dialLink(host, port, this.#trust, signal),
      to: `gate "${name}" at ${address}`,
      link: {
        ...this.#limits,
        clock: core.clock,
        deadlines: core.deadlines,
        log: core.log,
        counted: core.counted,
        counters: core.counters,
        name: core.name,
        handler: new OutgoingPeerLink(peer),
      },
      onLink: (link) => this.#introduce(peer, link, address),
      expected: () => peer.stopping,
    });
    return { peer, address, dialer };
  }

  #introduce(peer: GatePeer, link: Link, address: string): void {
    const { name, bootId, schema, counted } = this.#core;
    const gates = [...this.#names];
    const node = { role: "", release: 0, commands: [], methods: [], canary: undefined };
    const self = { ...node, name, bootId, schema, gates };
    introduce(link, {
      self,
      to: address,
      log: counted,
      keys: this.#trust.keys,
      onTrusted: () => {
        peer.trusted = true;
      },
      onWelcome: (welcome) => this.#welcomed(peer, link, address, welcome),
    });
  }

  #welcomed(peer: GatePeer, link: Link, address: string, welcome: LinkWelcome): void {
    const { counted } = this.#core;
    if (welcome.gate !== peer.name) {
      const details = { expected: peer.name, found: welcome.gate, address };
      counted.error(details, "another gate listens on a gate's address", address);
      link.destroy("another gate listens on this address");
      return;
    }
    link.peer = peer.name;
    peer.linked(link, welcome.gates);
    counted.info({ gate: peer.name }, "gate linked", address);
    this.events.onLinked(peer, link);
  }
}
