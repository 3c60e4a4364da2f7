import { isMessage, wrong } from "./check-values.ts";
import { malformed, maxDepth, tooDeep } from "./codec-limits.ts";
import type { UnknownFields } from "./unknown-fields.ts";

/**
 * Partial message of type `T`, as a caller gives it. Any field may be absent or undefined, also in nested messages, and
 * then has its proto3 default. A misspelt field does not compile; null is rejected when the message is written. Lists
 * and maps may be read-only. A oneof needs both `case` and `value`.
 *
 * A mapped type over the message's own interface, so that an editor shows the field's comment and finds its
 * declaration.
 */
export type MessageInit<T> = {
  [K in keyof T]?: (K extends "$unknown" ? T[K] : FieldInit<T[K]>) | undefined;
};

/**
 * Partial value of a property of type `V`. Numbers, texts, bytes and enums are tested first, because most properties
 * are one.
 */
export type FieldInit<V> = [V] extends [Plain]
  ? V
  : unknown extends V
    ? V
    : V extends Plain
      ? V
      : V extends readonly (infer Item)[]
        ? readonly FieldInit<Item>[]
        : V extends ReadonlyMap<infer Key, infer Item>
          ? ReadonlyMap<Key, FieldInit<Item>>
          : V extends OneofCase
            ? // The `case` of a oneof is a literal; a message may have a text field of that name.
              string extends V["case"]
              ? MessageInit<V>
              : { case: V["case"]; value: FieldInit<V["value"]> }
            : MessageInit<V>;

type Plain = number | bigint | string | boolean | Uint8Array | undefined;

interface OneofCase {
  readonly case: string;
  readonly value: unknown;
}

/** The part of a message type that creates messages. */
interface Creator<T> {
  readonly name: string;
  create(init: MessageInit<T>, depth?: number): T;
}

/**
 * Fills `value`, which holds the defaults, with the defined properties of `init`. Only declared properties are read, so
 * that accessors count and others are left behind. Nested messages are kept as given: generated code replaces them by
 * whole ones, with the functions below. A value of a wrong type is kept, too, and rejected by `write` with its path.
 * @throws PhotinusError INVALID_ARGUMENT when `init` is no message.
 */
export function withDefaults<T extends object>(value: T, init: MessageInit<T>): T {
  if (!isMessage(init)) throw malformed(`create: ${wrong(init, "message").message}`);
  for (const key in value) if (init[key] !== undefined) value[key] = init[key] as (typeof value)[typeof key];
  const { $unknown } = init as UnknownFields;
  if ($unknown !== undefined) (value as UnknownFields).$unknown = $unknown;
  return value;
}

/**
 * Completes the message of a field.
 *
 * @param depth levels around the message that holds the field; counted for recursive types only
 * @throws PhotinusError INVALID_ARGUMENT for more than 100 levels, for example an object that contains itself.
 */
export function createOne<T>(type: Creator<T>, init: MessageInit<T> | undefined, depth = 0): T | undefined {
  if (init === undefined || !isMessage(init)) return init as T | undefined;
  if (depth >= maxDepth) throw tooDeep(type.name);
  return type.create(init, depth + 1);
}

/** Completes the messages of a list. */
export function createList<T>(
  type: Creator<T>,
  inits: readonly MessageInit<T>[] | undefined,
  depth?: number,
): T[] {
  if (inits === undefined) return [];
  if (!Array.isArray(inits)) return inits as unknown as T[];
  return inits.map((init) => createOne(type, init, depth) as T);
}

/** Completes the messages of a map. */
export function createMap<K, T>(
  type: Creator<T>,
  inits: ReadonlyMap<K, MessageInit<T>> | undefined,
  depth?: number,
): Map<K, T> {
  if (inits === undefined) return new Map();
  if (!(inits instanceof Map)) return inits as unknown as Map<K, T>;
  return new Map([...inits].map(([key, init]) => [key, createOne(type, init, depth) as T]));
}

/** Completes the message in a oneof. `types` has the message types of its members, by the members' names. */
export function createCase<O>(
  types: Readonly<Record<string, { readonly name: string; create(init: never, depth?: number): unknown }>>,
  init: unknown,
  depth?: number,
): O {
  const given = init as OneofCase | undefined;
  const type = given && Object.hasOwn(types, given.case) ? types[given.case] : undefined;
  if (type === undefined) return given as O;
  const value = createOne(type as Creator<unknown>, given?.value as never, depth);
  return { case: given?.case, value } as O;
}
