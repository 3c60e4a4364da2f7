import type { Timer } from "../../clock/clock.ts";
import type { Deadlines } from "../../clock/deadlines.ts";
import { Dialer } from "../../rpc/dialer.ts";
import { mostListedCalls } from "../../rpc/envelope/message-kinds.ts";
import { introduce } from "../../rpc/introduction.ts";
import type { Link } from "../../rpc/link.ts";
import { admin, adminTimeoutMs } from "../../rpc/link-administration.ts";
import type { LinkLimits } from "../../rpc/link-options.ts";
import { dialLink } from "../../rpc/trust/dial-link.ts";
import type { LinkTrust } from "../../rpc/trust/link-trust.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import { Draining, type LinkWelcome } from "../../wire/generated/photinus/link.ts";
import type { NodeHost } from "../node-host.ts";
import type { GateAddress } from "../node-options.ts";
import { CanaryControl } from "./canary-control.ts";
import { GateLink, type GateLinkOwner } from "./gate-link.ts";

/** Options of {@link GateLinks}. */
export interface GateLinksOptions {
  /** Random id of this run of the node. */
  readonly bootId: string;
  /** Fingerprint of the node's schema; "" for no check. */
  readonly schema: string;
  /** Release of the node's schema; 0 when unknown. */
  readonly release: number;
  readonly deadlines: Deadlines;
  readonly limits: LinkLimits;
  /** True for a canary node. */
  readonly isCanary: boolean;
  /** Proofs that gates must give, and that this node gives. */
  readonly trust: LinkTrust;
}

/** Gate of the list, with the dialer that keeps its link up. */
interface DialedGate {
  readonly gate: GateLink;
  readonly dialer: Dialer;
}

/** Wait for the link of one gate. */
interface LinkWait {
  readonly name: string;
  readonly then: (link: GateLink | undefined) => void;
  timer: Timer | undefined;
}

/** How long sessions that move to a gate wait for the link to it, in ms. */
const linkWaitMs = 500;

/** Links of a node to all gates; iterates the usable ones. */
export class GateLinks implements Iterable<GateLink> {
  readonly #node: NodeHost;
  readonly #options: GateLinksOptions;
  /** Gates by address, "host:port". */
  readonly #gates = new Map<string, DialedGate>();
  /** Usable gates. Each change makes a new array, so that readers may keep the old one. */
  #live: readonly GateLink[] = [];
  #waiting: (() => void)[] = [];
  /** Waits for links of single gates. */
  readonly #waits = new Set<LinkWait>();
  #draining = false;
  /** Changes what the node takes as a canary; undefined for any other node. */
  readonly canary: CanaryControl | undefined;

  constructor(node: NodeHost, options: GateLinksOptions) {
    this.#node = node;
    this.#options = options;
    const { clock, counted } = node;
    const parts = { clock, counted, live: () => this.#live, isComplete: () => this.#complete };
    this.canary = options.isCanary ? new CanaryControl(parts) : undefined;
  }

  [Symbol.iterator](): Iterator<GateLink> {
    return this.#live[Symbol.iterator]();
  }

  /** Returns the usable gates. */
  live(): readonly GateLink[] {
    return this.#live;
  }

  status(): { name: string; address: string; sessions: number }[] {
    return [...this.#gates].map(([address, { gate }]) => ({
      name: gate.usable ? gate.gate : "",
      address,
      sessions: gate.sessionCount,
    }));
  }

  /** Replaces the list and dials new gates. A gate that is no longer listed is used until its link closes. */
  set(addresses: readonly GateAddress[]): void {
    const wanted = new Map(addresses.map((address) => [`${address.host}:${address.port}`, address]));
    for (const [key, { gate, dialer }] of this.#gates) {
      if (wanted.has(key)) continue;
      gate.leaving = true;
      dialer.letGo();
    }
    for (const [key, address] of wanted) {
      const known = this.#gates.get(key);
      // A gate that was taken off the list gets a new dialer when listed again: the old one never dials again.
      if (known !== undefined && !known.gate.leaving) continue;
      void known?.dialer.close();
      this.#gates.set(key, this.#dial(key, address));
    }
    this.#changed();
  }

  /** Resolves when every gate of the list is usable. */
  linked(): Promise<void> {
    if (this.#complete) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Sends Draining to all gates, now or when they link: this node gets no new work. Resolves when all gates have confirmed it, so
   * that every call that they have sent before has arrived; at the latest after `ms`.
   */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const confirmed = this.#live.map(({ link }) =>
      link.call(admin.draining, Draining, {}, raw, { timeoutMs: Math.max(1, Math.min(ms, adminTimeoutMs)) }),
    );
    await Promise.allSettled(confirmed);
  }

  /** Closes all links and stops dialling. */
  async close(graceMs: number): Promise<void> {
    for (const wait of this.#waits) this.#endWait(wait);
    await Promise.all([...this.#gates.values()].map(({ dialer }) => dialer.close({ graceMs })));
    this.#gates.clear();
    this.#changed();
  }

  get #complete(): boolean {
    return this.#gates.size > 0 && this.#live.length === this.#gates.size;
  }

  /** Starts to dial a gate. The dialer redials after each lost link, until closed. */
  #dial(key: string, { host, port }: GateAddress): DialedGate {
    const node = this.#node;
    const { limits, deadlines, trust } = this.#options;
    const owner: GateLinkOwner = {
      lost: (link) => {
        this.#changed();
        this.canary?.lost(link);
      },
      whenLinked: (name, then) => this.#whenLinked(name, then),
    };
    const gate = new GateLink(node, owner, trust.keys !== undefined);
    const dialer = new Dialer({
      dial: (signal) => dialLink(host, port, trust, signal),
      to: `gate at ${key}`,
      link: {
        ...limits,
        clock: node.clock,
        deadlines,
        log: node.log,
        counted: node.counted,
        counters: node.counters,
        name: node.name,
        handler: gate,
      },
      onLink: (link) => this.#introduce(key, gate, link),
      expected: () => gate.goodbye,
    });
    return { gate, dialer };
  }

  /** Introduces the node on a new link. The link is used for nothing else until the gate has answered. */
  #introduce(key: string, gate: GateLink, link: Link): void {
    gate.link = link;
    gate.goodbye = false;
    gate.moving = false;
    const { bootId, schema, release, trust } = this.#options;
    const { name, role, counted, dispatch } = this.#node;
    const isListed = dispatch.commands.size + dispatch.methods.size <= mostListedCalls;
    const commands = isListed ? [...dispatch.commands.keys()] : [];
    const methods = isListed ? [...dispatch.methods.keys()] : [];
    this.canary?.introduced(link);
    introduce(link, {
      self: { name, role, bootId, schema, release, commands, methods, gates: [], canary: this.canary?.now },
      to: key,
      log: counted,
      keys: trust.keys,
      onTrusted: () => {
        gate.trusted = true;
      },
      onWelcome: (welcome) => this.#welcomed(key, gate, welcome),
    });
  }

  /** Marks the gate as usable, and sends the state that a gate must know of this node. */
  #welcomed(key: string, gate: GateLink, welcome: LinkWelcome): void {
    const { counted } = this.#node;
    const { schema } = this.#options;
    if (schema !== "" && welcome.schema !== schema) {
      const details = { gate: welcome.gate, ours: schema, theirs: welcome.schema };
      counted.warn(details, "gate has a schema other than the node's", key);
    }
    gate.gate = welcome.gate;
    gate.link.peer = welcome.gate;
    gate.maxBodyBytes = welcome.maxClientBodyBytes || Number.POSITIVE_INFINITY;
    gate.takesRegroup = welcome.takesRegroup;
    gate.welcome = true;
    if (this.#draining) gate.link.notice(admin.draining, Draining, {}, undefined);
    counted.info({ gate: welcome.gate }, "gate linked", key);
    this.#changed();
    this.canary?.welcomed(gate.link);
  }

  #linkOf(name: string): GateLink | undefined {
    return this.#live.find((gate) => gate.usable && gate.gate === name);
  }

  #whenLinked(name: string, then: (link: GateLink | undefined) => void): void {
    const link = this.#linkOf(name);
    if (link !== undefined) {
      then(link);
      return;
    }
    const wait: LinkWait = { name, then, timer: undefined };
    this.#waits.add(wait);
    wait.timer = this.#node.clock.after(linkWaitMs, () => this.#endWait(wait));
  }

  #endWait(wait: LinkWait): void {
    if (!this.#waits.delete(wait)) return;
    wait.timer?.cancel();
    wait.then(this.#linkOf(wait.name));
  }

  /** Rebuilds the list of usable gates, and resolves the callers of `linked` when all gates are usable. */
  #changed(): void {
    for (const [key, { gate, dialer }] of this.#gates) {
      if (gate.leaving && dialer.link === undefined) this.#gates.delete(key);
    }
    this.#live = [...this.#gates.values()].map(({ gate }) => gate).filter((gate) => gate.usable);
    for (const wait of this.#waits) if (this.#linkOf(wait.name) !== undefined) this.#endWait(wait);
    if (!this.#complete) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}
