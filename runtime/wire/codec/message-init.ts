/**
 * What a caller gives for a message of type `T`: each field may be left out or be undefined, also in messages inside, and then
 * has its proto3 default. A misspelt field does not compile, and null is refused when the message is written. Lists and maps
 * may be read-only ones. Of a oneof, `case` and `value` are given both.
 *
 * A mapped type over the message's own interface, so that an editor shows the field's comment and finds its declaration.
 */
export type MessageInit<T> = {
  [K in keyof T]?: (K extends "$unknown" ? T[K] : FieldInit<T[K]>) | undefined;
};

/** What is given for a property of type `V`. Numbers, texts, bytes and enums are looked at first: most properties are one. */
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

/** What a message is made with: its type's `create`. */
interface Creator<T> {
  create(init: MessageInit<T>): T;
}

/**
 * The defaults of a new message, and over them all that `init` has and that is not undefined. Messages inside are left as
 * given: generated code puts whole ones in their places, made by the functions below. A value of a wrong type is left too,
 * for `write` to refuse with its place.
 */
export function withDefaults<T extends object>(defaults: T, init: MessageInit<T>): T {
  const value = { ...defaults, ...init } as T;
  for (const key in defaults) if (value[key] === undefined) value[key] = defaults[key];
  return value;
}

/** A whole message for a field of one. */
export function createOne<T>(type: Creator<T>, init: MessageInit<T> | undefined): T | undefined {
  return (typeof init === "object" && init !== null ? type.create(init) : init) as T | undefined;
}

/** Whole messages for a list of them. */
export function createList<T>(type: Creator<T>, inits: readonly MessageInit<T>[] | undefined): T[] {
  if (inits === undefined) return [];
  return Array.isArray(inits) ? inits.map((init) => createOne(type, init) as T) : (inits as unknown as T[]);
}

/** Whole messages for a map of them. */
export function createMap<K, T>(
  type: Creator<T>,
  inits: ReadonlyMap<K, MessageInit<T>> | undefined,
): Map<K, T> {
  if (inits === undefined) return new Map();
  if (!(inits instanceof Map)) return inits as unknown as Map<K, T>;
  return new Map([...inits].map(([key, init]) => [key, createOne(type, init) as T]));
}

/** A oneof of which some members are messages: `types` has those, by the name of the member. */
export function createCase<O>(
  types: Readonly<Record<string, { create(init: never): unknown }>>,
  init: unknown,
): O {
  const given = init as OneofCase | undefined;
  const type = given && Object.hasOwn(types, given.case) ? types[given.case] : undefined;
  if (type === undefined) return given as O;
  return { case: given?.case, value: createOne(type as Creator<unknown>, given?.value as never) } as O;
}
