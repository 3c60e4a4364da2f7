import { connect, type Socket } from "node:net";
import { decode, Writer } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat as format } from "../../../runtime/wire/frame/frame-format.ts";
import { Bye, Welcome } from "../../../runtime/wire/generated/photinus/control.ts";
import { writeControl } from "../../../runtime/wire/session/control-messages.ts";
import { Envelope, kind, readEnvelope } from "../../../runtime/wire/session/envelope.ts";
import type { Target } from "./proxy.ts";

/** An opening that arrives again is silent for this long, and then gone, in ms. */
const silentMs = 600;

/**
 * A Hello that arrives a second time, over a TCP connection of its own: a client has given its connection up, and the network has
 * delivered it late. Nobody reads the answer. A new session, which the Hello begins when its token is void, ends at once, so that
 * nobody waits for its window.
 */
export class OpeningAgain {
  readonly #onGone: () => void;
  readonly #timer: NodeJS.Timeout;
  #socket: Socket | undefined;

  constructor(target: Target, bytes: Uint8Array, afterMs: number, onGone: () => void) {
    this.#onGone = onGone;
    this.#timer = setTimeout(() => this.#open(target, bytes), afterMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#socket === undefined) this.#onGone();
    else this.#socket.destroy();
  }

  #open(target: Target, bytes: Uint8Array): void {
    const socket = connect({ ...target, noDelay: true });
    this.#socket = socket;
    const decoder = new FrameDecoder(
      { format, maxFrameBytes: 1 << 24, protoVersions: [1] },
      {
        onIllegal: () => socket.destroy(),
        onFrame: (command, _version, from, start, end) => {
          const envelope = new Envelope();
          if (command !== control.welcome || readEnvelope(from, start, end, envelope) !== undefined) return;
          if (envelope.kind !== kind.control || decode(Welcome, from, envelope.bodyStart, end).resumed)
            return;
          const bye = new Writer(32);
          writeControl(bye, format, control.bye, Bye, {});
          socket.end(bye.bytes.subarray(0, bye.position));
        },
      },
    );
    const gone = setTimeout(() => socket.destroy(), silentMs);
    socket.on("data", (chunk) => decoder.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(gone);
      this.#onGone();
    });
    socket.write(bytes);
  }
}
