import { propertyName } from "../../../codegen/typescript/naming.ts";
import type { BodyType, Field, Message, Schema } from "../../../schema/model.ts";
import { enumOf, messageOf } from "./lookup.ts";
import { type Body, zeroOf } from "./samples.ts";

/** One end of an exchange of values. */
export interface End {
  readonly age: "old" | "new";
  readonly schema: Schema;
  /**
   * Whether the reader must know every enum value and oneof member: clients switch over them, nodes trust each other, and rows must
   * be understood. A handler judges what clients send by itself.
   */
  readonly isStrict: boolean;
}

type Value = Readonly<Record<string, unknown>>;

/** Compares a body that was sent with the body that was read. Returns the differences that hurt, in words. */
export function differencesOf(
  sender: End,
  sentBody: BodyType,
  sent: Body,
  reader: End,
  readBody: BodyType,
  read: Body,
): string[] {
  if (sentBody.kind === "message" && readBody.kind === "message" && !isBytes(sent) && !isBytes(read))
    return new Comparison(sender, reader).messages(sentBody.name, sent, readBody.name, read, "");
  if (isBytes(sent) && isBytes(read) && Buffer.compare(sent, read) === 0) return [];
  return ["the body arrived in another form"];
}

/** Compares messages and their fields by name. A field whose name the other end lacks is compared by its number. */
export class Comparison {
  readonly #sender: End;
  readonly #reader: End;

  constructor(sender: End, reader: End) {
    this.#sender = sender;
    this.#reader = reader;
  }

  messages(sentName: string, sent: Value, readName: string, read: Value, place: string): string[] {
    const from = messageOf(this.#sender.schema, sentName);
    const to = messageOf(this.#reader.schema, readName);
    const ofFields = to.fields.flatMap((field) => {
      const other = counterpartOf(field, to, from);
      const at = `${place}${field.name}`;
      if (other !== undefined)
        return this.#fields(other, presentOf(other, sent), field, presentOf(field, read), at);
      if (this.#reader.age === "old" && this.#sender.age === "new") return [`${at} gets no value any more`];
      return isDefault(presentOf(field, read)) ? [] : [`${at} was not sent and has a value`];
    });
    return [...ofFields, ...this.#unknownCases(from, sent, to, place)];
  }

  /** Members of a oneof that were sent and that the reader's oneof lacks. */
  #unknownCases(from: Message, sent: Value, to: Message, place: string): string[] {
    if (!this.#reader.isStrict) return [];
    return from.oneofs.flatMap((oneof) => {
      const members = from.fields.filter((field) => field.oneof === oneof.name);
      const chosen = members.find((field) => presentOf(field, sent) !== undefined);
      if (chosen === undefined || counterpartOf(chosen, from, to) !== undefined) return [];
      const isShared = members.some((field) => counterpartOf(field, from, to)?.oneof !== undefined);
      return isShared ? [`${place}${oneof.name} has the member ${chosen.name}, which the reader lacks`] : [];
    });
  }

  #fields(from: Field, sent: unknown, to: Field, read: unknown, place: string): string[] {
    // A default of a field without presence is not sent, so it equals absence.
    if (read === null && !hasPresence(to)) return [`${place} arrived as null`];
    if (hasPresence(from) && hasPresence(to) && (sent === undefined) !== (read === undefined))
      return [`${place} was ${shown(sent)} and arrived as ${shown(read)}`];
    const [many, others] = [listOf(from, sent), listOf(to, read)];
    if (many.length !== others.length) return [`${place} was ${shown(sent)} and arrived as ${shown(read)}`];
    return many.flatMap((one, at) => this.#values(from, one, to, others[at], place));
  }

  #values(from: Field, sent: unknown, to: Field, read: unknown, place: string): string[] {
    if (isEntry(sent) && isEntry(read)) {
      const ofKeys = isSame(sent.key, read.key) ? [] : [`a key of ${place} changed`];
      return [...ofKeys, ...this.#values(from, sent.value, to, read.value, place)];
    }
    if (from.type.kind === "message" && to.type.kind === "message")
      return this.messages(from.type.name, sent as Value, to.type.name, read as Value, `${place}.`);
    const wrong = this.#enums(from, sent, to, read, place);
    if (wrong !== undefined) return wrong;
    return isSame(sent, read) ? [] : [`${place} was ${shown(sent)} and arrived as ${shown(read)}`];
  }

  /** Differences of enum values; undefined when the reader's field is not an enum. */
  #enums(from: Field, sent: unknown, to: Field, read: unknown, place: string): string[] | undefined {
    if (to.type.kind !== "enum") return undefined;
    const known = enumOf(this.#reader.schema, to.type.name).values;
    const readAs = known.find(({ number }) => number === read)?.name;
    if (!isSame(sent, read)) return [`${place} was ${shown(sent)} and arrived as ${shown(read)}`];
    if (readAs === undefined)
      return this.#reader.isStrict ? [`${place} has a value that the reader lacks: ${shown(read)}`] : [];
    if (from.type.kind !== "enum") return [];
    const sentAs = enumOf(this.#sender.schema, from.type.name).values.find(
      ({ number }) => number === sent,
    )?.name;
    const isMoved = sentAs !== readAs && known.some(({ name }) => name === sentAs);
    return isMoved ? [`${place} was ${sentAs} and arrived as ${readAs}`] : [];
  }
}

/** Field of another message that means the same: by name, or by number when the name is new to the other message. */
function counterpartOf(field: Field, own: Message, other: Message): Field | undefined {
  const byName = other.fields.find(({ name }) => name === field.name);
  if (byName !== undefined) return byName;
  const byNumber = other.fields.find(({ number }) => number === field.number);
  return own.fields.some(({ name }) => name === byNumber?.name) ? undefined : byNumber;
}

function presentOf(field: Field, message: Value): unknown {
  if (field.oneof === undefined) return message[propertyName(field.name)];
  const chosen = message[propertyName(field.oneof)] as { case: string; value: unknown } | undefined;
  return chosen?.case === propertyName(field.name) ? chosen.value : undefined;
}

function hasPresence({ label, oneof }: Field): boolean {
  return label === "optional" || oneof !== undefined;
}

/** Values of a field as a list: entries of a map, none for an absent value or a default without presence. */
function listOf(field: Field, value: unknown): unknown[] {
  if (value instanceof Map) return [...value].map(([key, item]) => ({ key, value: item, entry: true }));
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null) return [];
  const { type, label } = field;
  if (type.kind === "message" || label === "repeated") return [value];
  return isDefault(value) ? [] : [value];
}

function isDefault(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (value instanceof Map) return value.size === 0;
  if (Array.isArray(value) || typeof value === "string" || isBytes(value)) return value.length === 0;
  return value === 0 || value === 0n || value === false || value === zeroOf("string");
}

function isEntry(value: unknown): value is { readonly key: unknown; readonly value: unknown } {
  return typeof value === "object" && value !== null && "entry" in value;
}

function isSame(sent: unknown, read: unknown): boolean {
  const [one, other] = [comparable(sent), comparable(read)];
  if (Buffer.isBuffer(one) && Buffer.isBuffer(other)) return one.equals(other);
  return Object.is(one, other);
}

/** Numbers of all types in one form, and texts as their bytes. */
function comparable(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" || isBytes(value)) return Buffer.from(value as string);
  return value;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function shown(value: unknown): string {
  if (value === undefined) return "absent";
  if (isBytes(value)) return `${value.length} bytes`;
  if (typeof value === "bigint") return String(value);
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? String(item) : item,
  );
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
