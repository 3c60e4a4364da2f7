import type { Counters } from "../../log/counters.ts";
import { compressBody, expandBody } from "../../transport/zlib-bodies.ts";
import type { Compression } from "../../wire/generated/photinus/control.ts";
import type { BrokenBody } from "../../wire/session/compressed-body.ts";

/** Commands and pushes whose bodies to clients may be compressed, by id. */
export interface CompressibleBodies {
  readonly replies: ReadonlySet<number>;
  readonly pushes: ReadonlySet<number>;
}

/** Input of a client whose bodies are expanded. */
export interface ExpandingInput {
  /** Charges a body of `size` bytes that was sent as `packedSize` bytes. */
  chargeExpanded(packedSize: number, size: number): void;
}

/** Compresses bodies in one of the compressions, for all connections that have negotiated it. */
export class BodyPacker {
  readonly kind: Compression;
  /** Least size of a body that is compressed, in bytes. */
  readonly aboveBytes: number;
  readonly #bodies: CompressibleBodies;
  readonly #counters: Counters;
  /** Body of the current push, as the gate has it, and its compressed form: compressed once for all receivers. */
  #pushed: Uint8Array | undefined;
  #pushedStart = 0;
  #packed: Uint8Array | undefined;

  constructor(kind: Compression, aboveBytes: number, bodies: CompressibleBodies, counters: Counters) {
    this.kind = kind;
    this.aboveBytes = aboveBytes;
    this.#bodies = bodies;
    this.#counters = counters;
  }

  /** Returns the compressed body of a reply; undefined when it is sent as it is. */
  reply(command: number, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (end - start < this.aboveBytes || !this.#bodies.replies.has(command)) return undefined;
    return this.#compress(bytes, start, end);
  }

  /** Returns the compressed body of the current push; undefined when it is sent as it is. */
  push(id: number, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (end - start < this.aboveBytes || !this.#bodies.pushes.has(id)) return undefined;
    if (this.#pushed !== bytes || this.#pushedStart !== start) {
      this.#packed = this.#compress(bytes, start, end);
      this.#pushed = bytes;
      this.#pushedStart = start;
    }
    return this.#packed;
  }

  /** Forgets the last push: the memory of its body may hold another one now. */
  nextPush(): void {
    this.#pushed = undefined;
    this.#packed = undefined;
  }

  /**
   * Expands a body from a client, of at most `most` bytes, and charges the work to the client. Returns why the body is broken
   * otherwise.
   */
  expand(
    bytes: Uint8Array,
    start: number,
    end: number,
    most: number,
    input: ExpandingInput,
  ): Uint8Array | BrokenBody {
    const body = expandBody(this.kind, bytes, start, end, most);
    this.#counters.add("compression.expanded");
    input.chargeExpanded(end - start, body.length);
    return body;
  }

  #compress(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const packed = compressBody(this.kind, bytes, start, end);
    this.#counters.add("compression.bodies");
    this.#counters.add("compression.bytes.before", end - start);
    this.#counters.add("compression.bytes.after", packed?.length ?? end - start);
    return packed;
  }
}
