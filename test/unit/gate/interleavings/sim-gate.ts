import type { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import type { GateCore } from "../../../../runtime/gate/gate-core.ts";
import { GatePeer } from "../../../../runtime/gate/peers/gate-peer.ts";
import type { LoginPolicy, PeerAddress } from "../../../../runtime/gate/peers/peer-options.ts";
import type { GateSession } from "../../../../runtime/gate/session/gate-session.ts";
import { SessionTable } from "../../../../runtime/gate/session/session-table.ts";
import { Users } from "../../../../runtime/gate/session/users.ts";
import { UserBinds } from "../../../../runtime/gate/users/user-binds.ts";
import { candidatesOf, type PeerEvents, type PeerLinks } from "../../../../runtime/gate/users/user-owner.ts";
import { unconnectedWire } from "../../../../runtime/gate/wire/unconnected-wire.ts";
import { gateCore } from "../gate-core.ts";
import { SimLink } from "./sim-link.ts";
import type { SimNetwork } from "./sim-network.ts";

/** One run of a gate's process: sessions, users and binds as in a gate, links in memory. */
export class SimGate implements PeerLinks {
  readonly name: string;
  readonly clock: FakeClock;
  readonly network: SimNetwork;
  readonly core: GateCore;
  readonly sessions = new SessionTable();
  readonly binds: UserBinds;
  readonly links = new Set<SimLink>();
  /** True once sessions move from here to other gates. */
  isStopping = false;
  /** True once the process has ended. */
  dead = false;
  events!: PeerEvents;
  names: readonly string[];
  candidates;
  readonly #users = new Users();
  readonly #moving = new Set<GateSession>();
  readonly #peers = new Map<string, GatePeer>();
  /** Gates to which a link has to be dialled. */
  readonly #undialled = new Set<string>();
  #drops: (() => void)[] = [];

  constructor(name: string, clock: FakeClock, network: SimNetwork, policy: Required<LoginPolicy>) {
    this.name = name;
    this.clock = clock;
    this.network = network;
    this.core = { ...gateCore(clock, { gateLostMs: 10_000 }), name };
    this.names = [name];
    this.candidates = candidatesOf(this.names);
    this.binds = new UserBinds(
      this.core,
      { sessions: this.sessions, users: this.#users, peers: this, kick: (session) => this.end(session) },
      policy,
    );
  }

  /** Takes the list of gates, as a gate does in `setPeers`. */
  list(names: readonly string[]): void {
    const addresses = names.map((name) => ({ name, host: "127.0.0.1", port: 1 }));
    if (!this.binds.setGates(addresses)) return;
    for (const drop of this.#drops.splice(0)) drop();
  }

  open(): GateSession {
    return this.sessions.add("client", unconnectedWire);
  }

  /** Ends a session, as often as it is told: a close may come late. */
  end(session: GateSession): void {
    if (session.ended) return;
    this.binds.ended(session);
    this.#forget(session);
  }

  #forget(session: GateSession): void {
    session.ended = true;
    this.sessions.remove(session);
    this.#users.release(session);
  }

  /** Begins to move a session to another gate, where it is from now on, and ends the move when that gate has its state. */
  move(session: GateSession, to: SimGate): void {
    const place = { gate: this.name, session: session.number };
    const there = to.open();
    there.hops = session.hops + 1;
    if (session.generation > 0) to.binds.moved(there, session.userId, session.generation, place);
    this.isStopping = true;
    this.#moving.add(session);
    const arrival = this.network.way();
    arrival.send(() => {
      this.#moving.delete(session);
      if (this.dead || session.ended) to.end(there);
      else if (to.dead || there.ended) this.end(session);
      else {
        const { userId, generation } = session;
        if (userId !== there.userId) to.binds.moved(there, userId, generation, place);
        this.#forget(session);
      }
    });
  }

  /** Whether the state of a session is on its way to another gate. */
  isMoving(session: GateSession): boolean {
    return this.#moving.has(session);
  }

  /** Ends the process: its links are cut, and nothing runs there any more. */
  kill(): void {
    this.dead = true;
    this.core.deadlines.clear();
    for (const session of this.sessions.all()) session.ended = true;
  }

  onDrop(drop: () => void): void {
    this.#drops.push(drop);
  }

  /** Gates that could be dialled now. */
  get undialled(): string[] {
    return [...this.#undialled];
  }

  dial(to: SimGate): void {
    const peer = this.#peers.get(to.name);
    if (peer === undefined) return;
    this.#undialled.delete(to.name);
    this.links.add(new SimLink(this, to, peer));
  }

  lost(peer: GatePeer, link: SimLink): void {
    this.links.delete(link);
    if (this.#peers.get(peer.name) !== peer) return;
    peer.lost();
    this.#undialled.add(peer.name);
  }

  all(): GatePeer[] {
    return [...this.#peers.values()];
  }

  get(name: string): GatePeer | undefined {
    return this.#peers.get(name);
  }

  set(addresses: readonly PeerAddress[]): void {
    this.names = [...new Set([this.name, ...addresses.map(({ name }) => name)])].sort();
    this.candidates = candidatesOf(this.names);
    for (const link of this.links) link.destroy();
    for (const peer of this.#peers.values()) peer.lost();
    this.#peers.clear();
    this.#undialled.clear();
    for (const name of this.names) {
      if (name === this.name) continue;
      this.#peers.set(name, new GatePeer(name));
      this.#undialled.add(name);
    }
  }

  /** Whether each of its links is in use. */
  get isLinked(): boolean {
    return this.all().every(({ usable }) => usable !== undefined);
  }
}
