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
  create(init: MessageInit<T>): T;
}

/**
 * Creates a message from `defaults`, overridden by the defined properties of `init`. Nested messages are kept as given:
 * generated code replaces them by whole ones, with the functions below. A value of a wrong type is kept, too, and
 * rejected by `write` with its path.
 */
export function withDefaults<T extends object>(defaults: T, init: MessageInit<T>): T {
  const value = { ...defaults, ...init } as T;
  for (const key in defaults) if (value[key] === undefined) value[key] = defaults[key];
  return value;
}

/** Completes the message of a field. */
export function createOne<T>(type: Creator<T>, init: MessageInit<T> | undefined): T | undefined {
  return (typeof init === "object" && init !== null ? type.create(init) : init) as T | undefined;
}

/** Completes the messages of a list. */
export function createList<T>(type: Creator<T>, inits: readonly MessageInit<T>[] | undefined): T[] {
  if (inits === undefined) return [];
  return Array.isArray(inits) ? inits.map((init) => createOne(type, init) as T) : (inits as unknown as T[]);
}

/** Completes the messages of a map. */
export function createMap<K, T>(
  type: Creator<T>,
  inits: ReadonlyMap<K, MessageInit<T>> | undefined,
): Map<K, T> {
  if (inits === undefined) return new Map();
  if (!(inits instanceof Map)) return inits as unknown as Map<K, T>;
  return new Map([...inits].map(([key, init]) => [key, createOne(type, init) as T]));
}

/** Completes the message in a oneof. `types` has the message types of its members, by the members' names. */
export function createCase<O>(
  types: Readonly<Record<string, { create(init: never): unknown }>>,
  init: unknown,
): O {
  const given = init as OneofCase | undefined;
  const type = given && Object.hasOwn(types, given.case) ? types[given.case] : undefined;
  if (type === undefined) return given as O;
  return { case: given?.case, value: createOne(type as Creator<unknown>, given?.value as never) } as O;
}
