import { resolveOptions } from "../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { whole } from "../options/rule-kinds.ts";

/** Options of {@link TransportBuffers}. */
export interface TransportBuffersOptions {
  /** Memory of finished writes that is kept for the next ones, at most. Default 4 MiB. */
  keptBytes?: number;
  /** Size of the buffer that sockets read into. Default 64 KiB. */
  readBytes?: number;
}

/** The rules of {@link TransportBuffersOptions}. */
export const buffersRule = object({
  keptBytes: withDefault(whole(0, 2 ** 40, "bytes"), 4 * 2 ** 20),
  readBytes: withDefault(whole(1, 2 ** 30, "bytes"), 65_536),
} satisfies RulesOf<TransportBuffersOptions>);

const smallestClass = 9; // 512 bytes
const largestClass = 18; // 256 KiB

/**
 * Memory that the connections of one process share, so that an idle connection holds none: output buffers, which go back
 * when their write has finished, and one read buffer, which is filled and consumed within one call. What a burst needed
 * beyond the kept amount is let go.
 */
export class TransportBuffers {
  readonly #free: Uint8Array[][] = [];
  readonly #keptLimit: number;
  readonly #readBytes: number;
  #kept = 0;
  #read: Uint8Array | undefined;

  constructor(options: TransportBuffersOptions = {}) {
    const { keptBytes, readBytes } = resolveOptions("TransportBuffers", buffersRule, options);
    this.#keptLimit = keptBytes;
    this.#readBytes = readBytes;
    for (let size = 0; size <= largestClass; size++) this.#free.push([]);
  }

  /** Bytes of output memory that lie ready. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** The buffer that sockets read into. Its content is gone after the call that delivers it. */
  get readBuffer(): Uint8Array {
    this.#read ??= new Uint8Array(this.#readBytes);
    return this.#read;
  }

  /** A buffer of at least about `size` bytes; {@link give} it back when nobody reads it any more. */
  take(size: number): Uint8Array {
    const wanted = Math.min(Math.max(32 - Math.clz32(Math.max(size, 1) - 1), smallestClass), largestClass);
    for (let found = wanted; found <= wanted + 1 && found <= largestClass; found++) {
      const bytes = this.#free[found]!.pop();
      if (bytes) {
        this.#kept -= bytes.length;
        return bytes;
      }
    }
    return new Uint8Array(2 ** wanted);
  }

  give(bytes: Uint8Array): void {
    const size = 31 - Math.clz32(bytes.length);
    if (size < smallestClass || size > largestClass) return;
    if (this.#kept + bytes.length > this.#keptLimit) return;
    this.#kept += bytes.length;
    this.#free[size]!.push(bytes);
  }
}
