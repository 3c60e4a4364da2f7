import type { RedisReply } from "../../redis/redis-calls.ts";

/** Kind of a journalled change. */
export type Operation = "create" | "set" | "delete";

/** One change in a shard's journal, as XRANGE returns it. Rarely used parts are decoded on access. */
export class Entry {
  /** Stream id: "milliseconds-count". */
  readonly id: string;
  /** Table and key of the row: "hero:42". */
  readonly name: string;
  readonly #fields: readonly Buffer[];

  constructor([id, fields]: readonly [Buffer, readonly Buffer[]]) {
    this.id = id.toString("latin1");
    this.name = fields[0]!.toString();
    this.#fields = fields;
  }

  /** Name of the row's table. */
  get table(): string {
    return this.name.slice(0, this.name.indexOf(":"));
  }

  /** Key of the row, as {@link keyText} encodes it. */
  get key(): string {
    return this.name.slice(this.name.indexOf(":") + 1);
  }

  /** Kind of the change. */
  get operation(): Operation {
    const letter = this.#fields[1]![0];
    return letter === 0x63 ? "create" : letter === 0x64 ? "delete" : "set";
  }

  /** Version of the row after the change. */
  get version(): number {
    return Number(this.#fields[1]!.toString("latin1", 1, this.#packedAt()));
  }

  /** Encoded size of the fields that the change set, bytes. */
  get bytes(): number {
    return this.#fields[1]!.length;
  }

  /** Names of the overlays that the change touched, without the prefix of the shard. */
  get overlays(): readonly Buffer[] {
    const names = this.#valueOf(0x78);
    return names === undefined ? none : namesOf(names);
  }

  /** Texts of the fields that the change set, by field; null for each cleared field. */
  get fields(): ReadonlyMap<string, Buffer | null> {
    const fields = new Map<string, Buffer | null>();
    for (const field of this.#cleared) fields.set(field, null);
    const texts = unpacked(this.#fields[1]!, this.#packedAt());
    for (let at = 0; at + 1 < texts.length; at += 2) fields.set(texts[at]!.toString(), texts[at + 1]!);
    return fields;
  }

  /** Finds a field of the change that is not in `known`; undefined when all are known. */
  fieldBeside(known: ReadonlySet<string>): string | undefined {
    const bytes = this.#fields[1]!;
    for (let at = this.#packedAt(); at < bytes.length; ) {
      const end = endOf(bytes, at);
      const field = bytes.toString("latin1", startOf(bytes, at), end);
      if (!known.has(field)) return field;
      at = endOf(bytes, end);
    }
    return this.#cleared.find((field) => !known.has(field));
  }

  get #cleared(): readonly string[] {
    const fields = this.#valueOf(0x7a);
    return fields === undefined || fields.length === 0 ? [] : fields.toString("latin1").split(",");
  }

  /** Offset of the MessagePack part, after the operation and the digits of the version. */
  #packedAt(): number {
    const value = this.#fields[1]!;
    let at = 1;
    while (at < value.length && value[at]! < 0x80) at++;
    return at;
  }

  #valueOf(letter: number): Buffer | undefined {
    for (let at = 2; at < this.#fields.length; at += 2) {
      if (this.#fields[at]![0] === letter) return this.#fields[at + 1];
    }
    return undefined;
  }
}

const none: readonly Buffer[] = Object.freeze([]);

/** Wraps the entries of an XRANGE reply. */
export function entriesOf(reply: RedisReply): Entry[] {
  return (reply as [Buffer, Buffer[]][]).map((entry) => new Entry(entry));
}

/** Decodes MessagePack strings as bytes, because general decoders read every string as UTF-8. */
function unpacked(bytes: Buffer, start: number): Buffer[] {
  const texts: Buffer[] = [];
  for (let at = start; at < bytes.length; ) {
    const end = endOf(bytes, at);
    texts.push(bytes.subarray(startOf(bytes, at), end));
    at = end;
  }
  return texts;
}

/** Start of the text whose MessagePack head is at `at`. */
function startOf(bytes: Buffer, at: number): number {
  const head = bytes[at]!;
  return at + (head === 0xdb ? 5 : head === 0xda ? 3 : head === 0xd9 ? 2 : 1);
}

function endOf(bytes: Buffer, at: number): number {
  switch (bytes[at]!) {
    case 0xdb:
      return at + 5 + bytes.readUInt32BE(at + 1);
    case 0xda:
      return at + 3 + bytes.readUInt16BE(at + 1);
    case 0xd9:
      return at + 2 + bytes[at + 1]!;
    default:
      return at + 1 + (bytes[at]! & 0x1f);
  }
}

/** Splits names that each follow their length: "5:hero:". */
export function namesOf(text: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(0x3a, at);
    const end = colon + 1 + Number(text.toString("latin1", at, colon));
    names.push(text.subarray(colon + 1, end));
    at = end;
  }
  return names;
}

/** Compares two stream ids, for sorting. */
export function compareIds(a: string, b: string): number {
  const [time, count] = partsOf(a);
  const [otherTime, otherCount] = partsOf(b);
  return time - otherTime || count - otherCount;
}

function partsOf(id: string): [number, number] {
  const dash = id.indexOf("-");
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
