import type { RedisReply } from "../drivers/redis.ts";

export type Operation = "create" | "set" | "delete";

/** One change in a shard's journal, as XRANGE gives it: what is rarely asked for is read when it is. */
export class Entry {
  /** The stream's id: "milliseconds-count". */
  readonly id: string;
  /** The row's table and key: "hero:42". */
  readonly name: string;
  readonly #fields: readonly Buffer[];

  constructor([id, fields]: readonly [Buffer, readonly Buffer[]]) {
    this.id = id.toString("latin1");
    this.name = fields[0]!.toString();
    this.#fields = fields;
  }

  get table(): string {
    return this.name.slice(0, this.name.indexOf(":"));
  }

  get key(): string {
    return this.name.slice(this.name.indexOf(":") + 1);
  }

  get operation(): Operation {
    const letter = this.#fields[1]![0];
    return letter === 0x63 ? "create" : letter === 0x64 ? "delete" : "set";
  }

  /** Of the row, after the change. */
  get version(): number {
    return Number(this.#fields[1]!.toString("latin1", 1));
  }

  /** Of all that it set. */
  get bytes(): number {
    let bytes = 0;
    for (let at = 1; at < this.#fields.length; at += 2) bytes += this.#fields[at]!.length;
    return bytes;
  }

  /** Names of the overlays that it touched, without what all of the shard begin with. */
  get overlays(): readonly Buffer[] {
    const text = this.#special(0x78);
    return text === undefined || text.length === 0 ? [] : namesOf(text);
  }

  /** Texts of the fields that it set, by field; null for those that it cleared. */
  get fields(): ReadonlyMap<string, Buffer | null> {
    const fields = new Map<string, Buffer | null>();
    for (const field of this.#special(0x7a)?.toString("latin1").split(",") ?? [])
      if (field !== "") fields.set(field, null);
    for (let at = 2; at < this.#fields.length; at += 2) {
      if (!isSpecial(this.#fields[at]!)) fields.set(this.#fields[at]!.toString(), this.#fields[at + 1]!);
    }
    return fields;
  }

  /** The value of "x" or "z", which come before all fields. */
  #special(letter: number): Buffer | undefined {
    for (let at = 2; at < this.#fields.length && isSpecial(this.#fields[at]!); at += 2) {
      if (this.#fields[at]![0] === letter) return this.#fields[at + 1];
    }
    return undefined;
  }
}

/** Fields of rows begin with a digit, or with "o:". */
function isSpecial(field: Buffer): boolean {
  return field.length === 1 && (field[0] === 0x78 || field[0] === 0x7a);
}

/** Entries as XRANGE gives them. */
export function entriesOf(reply: RedisReply): Entry[] {
  return (reply as [Buffer, Buffer[]][]).map((entry) => new Entry(entry));
}

/** Names, each with its length before it. */
function namesOf(text: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(0x3a, at);
    const end = colon + 1 + Number(text.toString("latin1", at, colon));
    names.push(text.subarray(colon + 1, end));
    at = end;
  }
  return names;
}

/** Orders ids of a stream. */
export function compareIds(a: string, b: string): number {
  const [time, count] = partsOf(a);
  const [otherTime, otherCount] = partsOf(b);
  return time - otherTime || count - otherCount;
}

function partsOf(id: string): [number, number] {
  const dash = id.indexOf("-");
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
