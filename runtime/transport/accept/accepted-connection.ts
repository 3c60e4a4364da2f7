import type { Socket } from "node:net";
import type { DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
import type { AdmissionRefusal, Admissions } from "../connection/admissions.ts";
import type { ClientAddress } from "../proxy/forwarded-for.ts";
import { plainAddress } from "../proxy/trusted-proxies.ts";
import { type SocketReads, sharedReads } from "../socket-reads.ts";
import { addressOf } from "../tcp.ts";
import type { Transport } from "../transport.ts";

/** Parts of an {@link AcceptedConnection}. */
export interface AcceptedParts {
  readonly deadlines: Deadlines;
  /** Called when the connection has not shown its protocol in time. */
  readonly onSilent: (connection: AcceptedConnection) => void;
  /** Listener for the close of each socket, which calls {@link AcceptedConnection.gone}. One for all, since each connection has it. */
  readonly onClose: (this: Socket) => void;
}

/** Address that was admitted. */
export interface Admitted {
  readonly admissions: Admissions | undefined;
  readonly host: string;
}

/** An accepted connection, from accept to close. */
export class AcceptedConnection {
  /** Address that the connection comes from: that of the client, or of the last proxy. */
  readonly peer: ClientAddress;
  /** Address of the client, as far as it is known. */
  client: ClientAddress;
  /** Whether a proxy opened the connection for itself, as for a health check. */
  isProxyItself = false;
  /** True once the connection is gone or was destroyed. */
  isOver = false;
  /** Transport, once there is one. */
  transport: Transport | undefined;
  /** Time at which the connection was first read, by the clock of its deadlines. */
  startMs = 0;
  readonly #parts: AcceptedParts;
  #socket: Socket;
  #reads: SocketReads | undefined;
  #admissions: Admissions | undefined;
  #admittedHost = "";
  #deadline: DeadlineHandle = 0;
  #stopStage: (() => void) | undefined;

  /** @param admitted address that counts in the admissions already, as that of this connection */
  constructor(socket: Socket, parts: AcceptedParts, admitted?: Admitted) {
    // The address is lost with the connection, so it is read first.
    const { remoteAddress, remotePort = 0 } = socket;
    this.peer = { host: admitted?.host ?? plainAddress(remoteAddress ?? "unknown"), port: remotePort };
    this.client = this.peer;
    this.#parts = parts;
    this.#socket = socket;
    if (admitted !== undefined) this.#enterAs(admitted);
  }

  /** Bytes of the connection, which is open. */
  get reads(): SocketReads {
    if (this.#reads === undefined) throw new Error("the connection is not open");
    return this.#reads;
  }

  /** Socket of the connection: the accepted one, or the one that has replaced it. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Address of the client with its port, as text. */
  get remote(): string {
    const { host, port } = this.client;
    return host === "unknown" ? host : addressOf(host, port);
  }

  /**
   * Counts the connection with the client's address in `admissions`, and no longer where it was counted before. Returns
   * why it is rejected, or undefined.
   */
  enter(admissions: Admissions | undefined): AdmissionRefusal | undefined {
    this.#leave();
    const { host } = this.client;
    const refusal = admissions?.enter(host);
    if (refusal !== undefined) return refusal;
    this.#enterAs({ admissions, host });
    return undefined;
  }

  /** Starts the time within which the connection has to show its protocol. */
  start(ms: number): void {
    const { deadlines, onSilent } = this.#parts;
    this.startMs = deadlines.clock.now();
    this.#deadline = deadlines.add(ms, { onDeadline: () => onSilent(this) });
  }

  /** Begins to read something of the connection; `stop` ends that, when the connection ends first. */
  reading(stop: () => void): void {
    this.#stopStage = stop;
  }

  /** Opens the connection, which was admitted: from now on its bytes can be read, into a shared buffer. */
  open(readBuffer: Uint8Array): void {
    this.become(sharedReads(this.#socket, readBuffer));
  }

  /** Replaces the socket by one that carries the same connection, and keeps no reference to the former one, whose memory is free then. */
  become(reads: SocketReads): void {
    this.#socket.off("close", this.#parts.onClose);
    this.#socket = reads.socket;
    this.#reads = reads;
    reads.socket.on("close", this.#parts.onClose);
    // A late error must not throw.
    reads.socket.on("error", ignore);
  }

  /** Leaves errors of the socket to its owner, which listens to them for as long as the socket exists. */
  owned(): void {
    this.#socket.off("error", ignore);
  }

  /** Records that the protocol is known. */
  settled(): void {
    this.#stopStage = undefined;
    this.#parts.deadlines.remove(this.#deadline);
  }

  destroy(): void {
    this.isOver = true;
    this.#stopStage?.();
    this.settled();
    this.socket.destroy();
  }

  /** Records that the connection is gone. */
  gone(): void {
    this.isOver = true;
    this.#stopStage?.();
    this.settled();
    this.#leave();
  }

  #enterAs({ admissions, host }: Admitted): void {
    this.#admissions = admissions;
    this.#admittedHost = host;
  }

  #leave(): void {
    this.#admissions?.leave(this.#admittedHost);
    this.#admissions = undefined;
  }
}

function ignore(): void {}
