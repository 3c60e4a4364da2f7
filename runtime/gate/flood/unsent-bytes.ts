import type { Transport } from "../../transport/transport.ts";
import type { GateCore } from "../gate-core.ts";

/** Time between two checks, in ms. */
const checkMs = 200;
/** How long the system may take no bytes of a client before the gate's limit closes the connection, in ms. */
const graceMs = 500;
/** Multiple of the limit beyond which connections are closed without a grace time. */
const hardFactor = 4;
/** Share of the limit down to which connections are closed. */
const lowShare = 0.75;
/** Most connections that one check closes, so that the check does not delay the other clients. */
const closedPerCheck = 200;

/** Client with unsent bytes. */
interface Stuck {
  /** Writes that the system had taken at the last check that saw progress. */
  sentCount: number;
  /** Time of that check. */
  since: number;
}

/**
 * Bound of the unsent bytes of all clients together: many clients that do not read could fill the memory within their own limits.
 * Beyond the bound the connections whose bytes have been stuck for longest are closed. Their sessions wait for a resume.
 */
export class UnsentBytes {
  readonly #core: GateCore;
  readonly #transports: () => Iterable<Transport>;
  /** Connections with unsent bytes, those with the oldest progress first. */
  readonly #stuck = new Map<Transport, Stuck>();
  #isChecking = false;
  /** Unsent bytes at the last check. */
  bytes = 0;

  /** @param transports returns the transports of all client connections */
  constructor(core: GateCore, transports: () => Iterable<Transport>) {
    this.#core = core;
    this.#transports = transports;
  }

  /** Number of connections with unsent bytes at the last check. */
  get stuckCount(): number {
    return this.#stuck.size;
  }

  /** Starts the checks, which go on while there are connections. Called for each new connection. */
  watch(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#core.deadlines.add(checkMs, { onDeadline: () => this.#check() });
  }

  #check(): void {
    this.#isChecking = false;
    const now = this.#core.clock.now();
    let bytes = 0;
    let count = 0;
    for (const transport of this.#transports()) {
      count++;
      const { bufferedBytes } = transport;
      if (bufferedBytes > 0) this.#note(transport, now);
      else if (this.#stuck.size > 0) this.#stuck.delete(transport);
      bytes += bufferedBytes;
    }
    this.bytes = bytes;
    // Connections that are gone are not among the others any more.
    for (const transport of this.#stuck.keys()) if (transport.closed) this.#stuck.delete(transport);
    if (bytes > this.#core.limits.unsentGateBytes) this.#close(now);
    if (count > 0) this.watch();
    else this.#stuck.clear();
  }

  #note(transport: Transport, now: number): void {
    const { sentCount = 0 } = transport;
    const stuck = this.#stuck.get(transport);
    if (stuck?.sentCount === sentCount) return;
    // At the end of the order.
    this.#stuck.delete(transport);
    this.#stuck.set(transport, { sentCount, since: now });
  }

  #close(now: number): void {
    const { limits, refusals } = this.#core;
    let count = 0;
    for (const [transport, { since }] of this.#stuck) {
      if (transport.closed) {
        this.#stuck.delete(transport);
        continue;
      }
      const isHard = this.bytes > limits.unsentGateBytes * hardFactor;
      if (this.bytes <= limits.unsentGateBytes * lowShare || (!isHard && now - since < graceMs)) return;
      if (count++ === closedPerCheck) return;
      this.bytes -= transport.bufferedBytes;
      this.#stuck.delete(transport);
      refusals.note("client.closed.unsent", { remote: transport.remote });
      transport.destroy("the client does not read, and the gate has no room for its messages");
    }
  }
}
