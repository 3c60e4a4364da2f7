import type { RedisReply } from "../drivers/redis.ts";

/** One change in a shard's journal. */
export interface Entry {
  /** The stream's id: "milliseconds-count". */
  readonly id: string;
  readonly table: string;
  readonly key: string;
  readonly operation: "create" | "set" | "delete";
  readonly version: number;
  /** Names of the overlays that it touched, without what all of the shard begin with. */
  readonly overlays: readonly Buffer[];
  /** Texts of the columns that it set; null for those that it cleared. */
  readonly columns: ReadonlyMap<number, Buffer | null>;
  /** Of all of it. */
  readonly bytes: number;
}

/** Entries as XRANGE gives them. */
export function entriesOf(reply: RedisReply): Entry[] {
  return (reply as [Buffer, Buffer[]][]).map(([id, fields]) => entryOf(id.toString("latin1"), fields));
}

function entryOf(id: string, fields: readonly Buffer[]): Entry {
  let table = "";
  let key = "";
  let operation: Entry["operation"] = "set";
  let version = 0;
  let overlays: Buffer[] = [];
  const columns = new Map<number, Buffer | null>();
  let bytes = 0;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toString("latin1");
    const value = fields[at + 1]!;
    bytes += value.length;
    if (name === "t") table = value.toString();
    else if (name === "k") key = value.toString();
    else if (name === "o") operation = value[0] === 0x63 ? "create" : value[0] === 0x64 ? "delete" : "set";
    else if (name === "v") version = Number(value.toString("latin1"));
    else if (name === "x") overlays = namesOf(value);
    else if (name === "z") {
      for (const column of value.toString("latin1").split(","))
        if (column !== "") columns.set(Number(column), null);
    } else columns.set(Number(name), value);
  }
  return { id, table, key, operation, version, overlays, columns, bytes };
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
