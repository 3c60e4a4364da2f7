import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Deadlines } from "../../clock/deadlines.ts";
import { type Handshake, type HandshakeSlotParts, HandshakeSlots } from "./handshake-slots.ts";
import type { ServerCredentials } from "./server-credentials.ts";

/** Why a handshake failed; part of a counter's name. */
export type HandshakeFault =
  /** The client is too old, or has no cipher suite in common. */
  | "tls-version"
  /** The client does not accept the certificate. */
  | "tls-alert"
  /** The client has no certificate, or one that is not accepted. */
  | "tls-no-certificate"
  | "tls-wrong-certificate"
  /** The handshake took too long while others waited. */
  | "tls-slow"
  /** Bytes that are no TLS. */
  | "tls-illegal"
  /** The client left before the end of the handshake. */
  | "tls-left";

/** Receives the result of a handshake, once: the encrypted socket, paused, or the fault; the connection is then gone. */
export type OnHandshake = (result: TLSSocket | HandshakeFault) => void;

/** Node.js has a timeout of its own, which must be longer than that of the port. */
const nodeTimeoutMs = 24 * 3_600_000;

/** Makes accepted connections encrypted ones, with the certificates of {@link ServerCredentials}. */
export class TlsAcceptor {
  readonly #credentials: ServerCredentials;
  readonly #slots: HandshakeSlots;
  readonly #server: Server;
  readonly #forget: () => void;
  /** Running handshakes by the addresses of both ends, which identify a connection. */
  readonly #running = new Map<string, RunningHandshake>();

  constructor(credentials: ServerCredentials, deadlines: Deadlines, bounds: HandshakeSlotParts) {
    this.#credentials = credentials;
    this.#slots = new HandshakeSlots(bounds, deadlines);
    // This server does not listen. It is Node's public way to run the server's side of TLS on an accepted connection.
    this.#server = createServer({
      ...credentials.defaults,
      requestCert: credentials.asksClient,
      rejectUnauthorized: false, // `refusalOf` decides, which knows pinned certificates too
      ALPNProtocols: ["http/1.1"],
      SNICallback: (name, done) => done(null, credentials.contextFor(name)),
      handshakeTimeout: nodeTimeoutMs,
      pauseOnConnect: true,
    });
    this.#server.on("secureConnection", (socket) => this.#onSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#onError(error, socket));
    this.#forget = credentials.onChange(() => this.#server.setSecureContext(credentials.defaults));
  }

  /** Number of connections in a handshake, or waiting for one. */
  get handshakeCount(): number {
    return this.#slots.runningCount + this.#slots.waitingCount;
  }

  /** Runs the handshake on a paused connection. Bytes that were read already must have been put back. */
  accept(socket: Socket, onHandshake: OnHandshake): void {
    const handshake = new RunningHandshake(socket, this.#slots, onHandshake, () => {
      const key = keyOf(socket);
      if (key === undefined) {
        // Gone already.
        handshake.cut();
        return;
      }
      this.#running.set(key, handshake);
      handshake.onDone = () => this.#running.delete(key);
      // A client that ends its side inside the handshake has nothing to receive.
      socket.allowHalfOpen = false;
      this.#server.emit("connection", socket);
    });
    this.#slots.enter(handshake);
  }

  /** Stops following the certificates. Handshakes go on. */
  close(): void {
    this.#forget();
  }

  #onSecure(socket: TLSSocket): void {
    const handshake = this.#handshakeOf(socket);
    socket.on("error", ignore); // the owner of the socket has its own error listener; a late error must not throw
    const refusal = this.#credentials.refusalOf(socket);
    if (refusal !== undefined) socket.destroy();
    socket.allowHalfOpen = true;
    if (handshake === undefined) socket.destroy();
    else handshake.settle(refusal === undefined ? socket : `tls-${refusal}`);
  }

  #onError(error: Error, socket: TLSSocket): void {
    this.#handshakeOf(socket)?.settle(faultOf(error));
    socket.destroy();
  }

  #handshakeOf(socket: TLSSocket): RunningHandshake | undefined {
    const key = keyOf(socket);
    return key === undefined ? undefined : this.#running.get(key);
  }
}

class RunningHandshake implements Handshake {
  onDone: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #slots: HandshakeSlots;
  readonly #begin: () => void;
  #onHandshake: OnHandshake | undefined;
  readonly #onClose = (): void => this.settle("tls-left");

  constructor(socket: Socket, slots: HandshakeSlots, onHandshake: OnHandshake, begin: () => void) {
    this.#socket = socket;
    this.#slots = slots;
    this.#onHandshake = onHandshake;
    this.#begin = begin;
    socket.once("close", this.#onClose);
  }

  begin(): void {
    this.#begin();
  }

  cut(): void {
    this.settle(this.#socket.remotePort === undefined ? "tls-left" : "tls-slow");
    this.#socket.destroy();
  }

  settle(result: TLSSocket | HandshakeFault): void {
    const onHandshake = this.#onHandshake;
    if (onHandshake === undefined) return;
    this.#onHandshake = undefined;
    this.#socket.off("close", this.#onClose);
    this.onDone?.();
    this.#slots.leave(this);
    onHandshake(result);
  }
}

/** Returns what identifies a connection; undefined when its peer is gone. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  if (remotePort === undefined || localPort === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** Sorts the errors of OpenSSL into few kinds, which a counter can have in its name. */
function faultOf(error: Error): HandshakeFault {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ECONNRESET" || code === "EPIPE") return "tls-left";
  if (/UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER|VERSION_TOO_LOW|NO_PROTOCOLS|APPLICATION_PROTOCOL/.test(code))
    return "tls-version";
  return /ALERT/.test(code) ? "tls-alert" : "tls-illegal";
}

function ignore(): void {}
