import { commandBytes, type FrameFormat, headerBytes } from "../../wire/frame/frame-format.ts";
import { envelopeBytes } from "../../wire/session/envelope.ts";

/** Memory of a shared push besides its body, at most: the objects around it, and its place in the table. */
const overheadBytes = 384;

/** Memory of all windows of a gate. */
export interface WindowMemory {
  /**
   * Counts allocated bytes for a window. Returns false when the gate's bound does not allow them; frees memory of other windows
   * first.
   */
  take(bytes: number, by: object): boolean;
  give(bytes: number): void;
}

/** Push to many sessions. The windows of all its receivers share one copy of the body. */
export class SharedPush {
  readonly id: number;
  /** The body is bytes[start, end). Until a window holds the push, the bytes belong to the caller. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Number of windows that hold the push. */
  holders = 0;
  /** Place in the store's table; -1 while no window holds the push. */
  slot = -1;

  constructor(id: number, bytes: Uint8Array, start: number, end: number) {
    this.id = id;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}

/** State that the windows of a gate share: memory, the layout of frames, and pushes that several windows hold. */
export class WindowStore {
  readonly memory: WindowMemory;
  /** First byte of each frame. */
  readonly frameMark: number;
  /** First byte of an entry that refers to a shared push, unlike that of a frame. */
  readonly sharedMark: number;
  /** Offsets in a frame: of its length, its command and its envelope. */
  readonly lengthAt: number;
  readonly commandAt: number;
  readonly envelopeAt: number;
  /** Bytes of a frame before its body. */
  readonly headBytes: number;
  readonly #shared: (SharedPush | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  constructor(memory: WindowMemory, { head, layout }: FrameFormat) {
    this.memory = memory;
    this.frameMark = head[0];
    this.sharedMark = head[0] ^ 0xff;
    this.envelopeAt = headerBytes(layout);
    this.commandAt = this.envelopeAt - commandBytes;
    this.lengthAt = this.commandAt - 4;
    this.headBytes = this.envelopeAt + envelopeBytes;
  }

  /** Number of pushes that windows hold. */
  get sharedCount(): number {
    return this.#shared.length - this.#freeSlots.length;
  }

  /** Counts a window among the holders of a push. The first one makes the copy of its body. Returns false without memory. */
  hold(push: SharedPush, by: object): boolean {
    if (push.holders === 0) {
      const size = push.end - push.start;
      if (!this.memory.take(size + overheadBytes, by)) return false;
      push.bytes = new Uint8Array(push.bytes.subarray(push.start, push.end));
      push.start = 0;
      push.end = size;
      push.slot = this.#freeSlots.pop() ?? this.#shared.length;
      this.#shared[push.slot] = push;
    }
    push.holders++;
    return true;
  }

  /** Returns the push in a slot that a window holds. */
  sharedIn(slot: number): SharedPush {
    return this.#shared[slot]!;
  }

  /** Returns the part of a push's memory that one of its holders accounts for, in bytes. */
  memoryOf(push: SharedPush): number {
    return (push.end - push.start + overheadBytes) / push.holders;
  }

  /** Forgets a window's hold of a push. The last one frees its memory. */
  release(push: SharedPush): void {
    if (--push.holders > 0) return;
    this.memory.give(push.end - push.start + overheadBytes);
    this.#shared[push.slot] = undefined;
    this.#freeSlots.push(push.slot);
    push.slot = -1;
    if (this.sharedCount > 0) return;
    // After a burst the table is as large as the burst.
    this.#shared.length = 0;
    this.#freeSlots.length = 0;
  }
}
