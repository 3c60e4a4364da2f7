import { emptyBytes } from "../../wire/empty-bytes.ts";
import { getUint32 } from "../../wire/uint32.ts";
import { type FailureOutcome, outcome, outcomeOf } from "./failure-outcome.ts";
import { IllegalMessageError, kind, type PushAddress, type Target, targetKind } from "./message-kinds.ts";

const decoder = new TextDecoder();
const shortTextBytes = 24;

/**
 * Reads one compact message at a time into its own fields, so that reading allocates only strings and push addresses.
 * `kind` decides which fields are set. Accepts every msgpack width of an integer, string or binary, shortest or not.
 * Throws {@link IllegalMessageError} for input that is not exactly one message.
 */
export class CompactReader {
  kind = 0;
  key = 0;
  /** Number of the method (ASK, NOTICE), the command (RELAY), the push (PUSH) or the error code (FAILURE). */
  number = 0;
  session = 0;
  /** Time left (ASK, RELAY) or delay before a retry (FAILURE), in ms. */
  ms = 0;
  target: Target = undefined;
  address: PushAddress | undefined = undefined;
  /** Error text; FAILURE only. */
  message = "";
  /** Whether the call was run; FAILURE only. */
  outcome: FailureOutcome = outcome.answered;
  trace: string | undefined = undefined;
  /** Range of the body: `bytes.subarray(bodyStart, bodyEnd)`. */
  bodyStart = 0;
  bodyEnd = 0;
  #bytes: Uint8Array = emptyBytes;
  #at = 0;
  #end = 0;

  /** Reads one message that fills the range. Throws {@link IllegalMessageError}. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (this.#readCall(bytes, start, end) || this.#readAnswer(bytes, start, end)) return;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const arity = this.#arrayLength();
    if (arity === 0) throw new IllegalMessageError("arity");
    this.kind = this.#uint();
    switch (this.kind) {
      case kind.ask:
        expectArity(arity, 6, 7);
        this.key = this.#key();
        this.number = this.#uint32();
        this.ms = this.#uint();
        this.target = this.#target();
        this.#body();
        this.trace = arity === 7 ? this.#text() : undefined;
        break;
      case kind.notice:
        expectArity(arity, 4, 5);
        this.number = this.#uint32();
        this.target = this.#target();
        this.#body();
        this.trace = arity === 5 ? this.#text() : undefined;
        break;
      case kind.answer:
        expectArity(arity, 3, 3);
        this.key = this.#key();
        this.#body();
        break;
      case kind.failure:
        expectArity(arity, 5, 6);
        this.key = this.#key();
        this.number = this.#uint32();
        this.message = this.#text();
        this.ms = this.#uint();
        this.outcome = arity === 6 ? outcomeOf(this.#uint()) : outcome.answered;
        break;
      case kind.cancel:
        expectArity(arity, 2, 2);
        this.key = this.#key();
        break;
      case kind.relay:
        expectArity(arity, 6, 7);
        this.key = this.#uint();
        this.session = this.#uint();
        this.number = this.#uint32();
        this.ms = this.#uint();
        this.#body();
        this.trace = arity === 7 ? this.#text() : undefined;
        break;
      case kind.push:
        expectArity(arity, 5, 5);
        this.number = this.#uint32();
        this.address = this.#address();
        this.#body();
        break;
      default:
        throw new IllegalMessageError("kind");
    }
    if (this.#at !== end) throw new IllegalMessageError("trailing");
  }

  /**
   * Reads a call without target and trace, in the widths that this project writes: most messages of a busy link. Returns false
   * for any other message, and for one that is not legal. A byte past the range ends in a body of the wrong size.
   */
  #readCall(bytes: Uint8Array, start: number, end: number): boolean {
    const isRelay = bytes[start + 1] === kind.relay;
    if (bytes[start] !== 0x96 || bytes[start + 2] !== 0xce || !(isRelay || bytes[start + 1] === kind.ask))
      return false;
    const key = getUint32(bytes, start + 3);
    let at = start + 7;
    let session = 0;
    if (isRelay) {
      session = bytes[at]!;
      if (session < 0x80) at++;
      else if (session === 0xcd) {
        session = (bytes[at + 1]! << 8) | bytes[at + 2]!;
        at += 3;
      } else if (session === 0xce) {
        session = getUint32(bytes, at + 1);
        at += 5;
      } else return false;
    }
    let number = bytes[at]!;
    if (number < 0x80) at++;
    else if (number === 0xcd) {
      number = (bytes[at + 1]! << 8) | bytes[at + 2]!;
      at += 3;
    } else if (number === 0xce) {
      number = getUint32(bytes, at + 1);
      at += 5;
    } else return false;
    let ms = bytes[at]!;
    if (ms < 0x80) at++;
    else if (ms === 0xcd) {
      ms = (bytes[at + 1]! << 8) | bytes[at + 2]!;
      at += 3;
    } else return false;
    if (!isRelay && (key === 0 || bytes[at++] !== 0xc0)) return false;
    if (!this.#lastBody(bytes, at, end)) return false;
    this.kind = isRelay ? kind.relay : kind.ask;
    this.key = key;
    this.session = session;
    this.number = number;
    this.ms = ms;
    this.target = undefined;
    this.trace = undefined;
    return true;
  }

  /** Reads an answer, as {@link CompactReader.#readCall} reads a call. */
  #readAnswer(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] !== 0x93 || bytes[start + 1] !== kind.answer || bytes[start + 2] !== 0xce) return false;
    const key = getUint32(bytes, start + 3);
    if (key === 0 || !this.#lastBody(bytes, start + 7, end)) return false;
    this.kind = kind.answer;
    this.key = key;
    return true;
  }

  /** Reads a body that ends the message. */
  #lastBody(bytes: Uint8Array, at: number, end: number): boolean {
    const width = bytes[at];
    let start: number;
    let size: number;
    if (width === 0xc4) {
      start = at + 2;
      size = bytes[at + 1]!;
    } else if (width === 0xc6) {
      start = at + 5;
      size = getUint32(bytes, at + 1);
    } else return false;
    if (start + size !== end) return false;
    this.bodyStart = start;
    this.bodyEnd = end;
    return true;
  }

  /** Advances by `size` bytes and returns their start. */
  #take(size: number): number {
    const at = this.#at;
    if (size > this.#end - at) throw new IllegalMessageError("truncated");
    this.#at = at + size;
    return at;
  }

  #big(size: number): number {
    const at = this.#take(size);
    const bytes = this.#bytes;
    if (size === 4) return getUint32(bytes, at);
    if (size === 2) return (bytes[at]! << 8) | bytes[at + 1]!;
    return bytes[at]!;
  }

  #arrayLength(): number {
    const head = this.#bytes[this.#take(1)]!;
    if (head >= 0x90 && head <= 0x9f) return head & 0x0f;
    if (head === 0xdc) return this.#big(2);
    if (head === 0xdd) return this.#big(4);
    throw new IllegalMessageError("type");
  }

  #uint(): number {
    const head = this.#bytes[this.#take(1)]!;
    if (head < 0x80) return head;
    switch (head) {
      case 0xcc:
        return this.#big(1);
      case 0xcd:
        return this.#big(2);
      case 0xce:
        return this.#big(4);
      case 0xd0:
        return expectRange(this.#big(1), 0x7f);
      case 0xd1:
        return expectRange(this.#big(2), 0x7fff);
      case 0xd2:
        return expectRange(this.#big(4), 0x7fffffff);
      case 0xcf:
      case 0xd3: {
        const high = expectRange(this.#big(4), 0x1fffff);
        return high * 0x100000000 + this.#big(4);
      }
    }
    throw new IllegalMessageError(head >= 0xe0 ? "range" : "type");
  }

  #uint32(): number {
    return expectRange(this.#uint(), 0xffffffff);
  }

  #key(): number {
    const key = this.#uint();
    if (key === 0) throw new IllegalMessageError("key");
    return key;
  }

  #bigUint(): bigint {
    const head = this.#peek();
    if (head !== 0xcf && head !== 0xd3) return BigInt(this.#uint());
    this.#at++;
    const high = this.#big(4);
    if (head === 0xd3) expectRange(high, 0x7fffffff);
    return (BigInt(high) << 32n) | BigInt(this.#big(4));
  }

  #peek(): number {
    if (this.#at >= this.#end) throw new IllegalMessageError("truncated");
    return this.#bytes[this.#at]!;
  }

  #body(): void {
    const head = this.#bytes[this.#take(1)]!;
    let size: number;
    if (head === 0xc4 || head === 0xd9) size = this.#big(1);
    else if (head === 0xc6 || head === 0xdb) size = this.#big(4);
    else if (head === 0xc5 || head === 0xda) size = this.#big(2);
    else if (head >= 0xa0 && head <= 0xbf) size = head & 0x1f;
    else throw new IllegalMessageError("type");
    this.bodyStart = this.#take(size);
    this.bodyEnd = this.#at;
  }

  #text(): string {
    const head = this.#bytes[this.#take(1)]!;
    let size: number;
    if (head >= 0xa0 && head <= 0xbf) size = head & 0x1f;
    else if (head === 0xd9) size = this.#big(1);
    else if (head === 0xda) size = this.#big(2);
    else if (head === 0xdb) size = this.#big(4);
    else throw new IllegalMessageError("type");
    const start = this.#take(size);
    if (size <= shortTextBytes) {
      let text = "";
      let at = start;
      for (; at < this.#at; at++) {
        const code = this.#bytes[at]!;
        if (code > 0x7f) break;
        text += String.fromCharCode(code);
      }
      if (at === this.#at) return text;
    }
    return decoder.decode(this.#bytes.subarray(start, this.#at));
  }

  #target(): Target {
    const head = this.#peek();
    if (head === 0xc0) {
      this.#at++;
      return undefined;
    }
    const text = (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
    return text ? this.#text() : this.#uint32();
  }

  #address(): PushAddress {
    switch (this.#uint()) {
      case targetKind.session:
        return { kind: "session", session: this.#uint() };
      case targetKind.sessions: {
        const count = this.#arrayLength();
        // Each session number takes at least one byte, so the remaining bytes bound the loop.
        if (count > this.#end - this.#at) throw new IllegalMessageError("count");
        const sessions: number[] = [];
        for (let n = 0; n < count; n++) sessions.push(this.#uint());
        return { kind: "sessions", sessions };
      }
      case targetKind.user:
        return { kind: "user", user: this.#bigUint() };
      case targetKind.group:
        return { kind: "group", group: this.#text() };
      case targetKind.everyone:
        if (this.#bytes[this.#take(1)] !== 0xc0) throw new IllegalMessageError("type");
        return { kind: "everyone" };
      case targetKind.groupExcept:
        expectArity(this.#arrayLength(), 2, 2);
        return { kind: "group", group: this.#text(), except: this.#uint() };
    }
    throw new IllegalMessageError("kind");
  }
}

function expectArity(arity: number, least: number, most: number): void {
  if (arity < least || arity > most) throw new IllegalMessageError("arity");
}

function expectRange(value: number, most: number): number {
  if (value > most) throw new IllegalMessageError("range");
  return value;
}
