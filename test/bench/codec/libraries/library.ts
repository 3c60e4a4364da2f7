import type { Move, Profile, Scene } from "../fixtures/bench.messages.ts";

/** The messages of the benchmark, by size. */
export interface Sizes {
  readonly small: Move;
  readonly medium: Profile;
  readonly large: Scene;
}

export type Size = keyof Sizes;

/** One way to use a library, for values of one size. `n` is the number of the value. */
export interface Contender {
  readonly name: string;
  /** Encodes a value, and returns the number of bytes. */
  encode(n: number): number;
  /** Decodes the bytes of a value. */
  decode(n: number): object;
  /** Encoded bytes, for libraries that write protobuf. */
  bytes?(n: number): Uint8Array;
}

/** A library with values of its own kind, made from ours. */
export type Library = <S extends Size>(size: S, values: readonly Sizes[S][]) => readonly Contender[];

/** A value as plain JavaScript has it: maps are objects. */
export function plainOf(value: object): Record<string, unknown> {
  const entries = Object.entries(value).map(([key, field]) => [
    key,
    field instanceof Map ? Object.fromEntries(field) : field,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Names of the messages, in generated code. */
export const messageNames: Readonly<Record<Size, string>> = {
  small: "Move",
  medium: "Profile",
  large: "Scene",
};

/** Loads code that a compiler of another library has generated. */
export async function generated<T>(name: string): Promise<T> {
  return (await import(new URL(`../../peers/fixtures/${name}`, import.meta.url).href)) as T;
}
