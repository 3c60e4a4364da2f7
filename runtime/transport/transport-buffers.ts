import { resolveOptions } from "../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { whole } from "../options/rule-kinds.ts";

/** Options of {@link TransportBuffers}. */
export interface TransportBuffersOptions {
  /** Most memory of finished writes that is kept for reuse, in bytes. Default 4 MiB. */
  keptBytes?: number;
  /** Size of the buffer that sockets read into, in bytes. Default 64 KiB. */
  readBytes?: number;
}

/** Rule that checks {@link TransportBuffersOptions} and fills in defaults. */
export const buffersRule = object({
  keptBytes: withDefault(whole(0, 2 ** 40, "bytes"), 4 * 2 ** 20),
  readBytes: withDefault(whole(1, 2 ** 30, "bytes"), 65_536),
} satisfies RulesOf<TransportBuffersOptions>);

const smallestClass = 9; // 512 bytes
const largestClass = 18; // 256 KiB

/**
 * Memory shared by the connections of one process, so that an idle connection holds none. Output buffers return when
 * their write has finished; one read buffer is filled and consumed within one call. Memory beyond the kept amount is
 * released after a burst.
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

  /** Bytes of output memory kept for reuse. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** Buffer that sockets read into. Its content is overwritten after the call that delivers it. */
  get readBuffer(): Uint8Array {
    this.#read ??= new Uint8Array(this.#readBytes);
    return this.#read;
  }

  /** Returns a buffer of about `size` bytes or more; {@link give} it back after its last use. */
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

  /** Takes a buffer back for reuse. Beyond the kept amount the buffer is released. */
  give(bytes: Uint8Array): void {
    const size = 31 - Math.clz32(bytes.length);
    if (size < smallestClass || size > largestClass) return;
    if (this.#kept + bytes.length > this.#keptLimit) return;
    this.#kept += bytes.length;
    this.#free[size]!.push(bytes);
  }
}
