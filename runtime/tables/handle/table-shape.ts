import type { UnknownFields } from "../../wire/codec/codec-runtime.ts";
import type { TableDescriptor } from "../table-layout.ts";
import type { Entity, EntitySource } from "./entity.ts";

/** What the compiler knows of a table. Generated code has one such interface for each. */
export interface TableShape {
  /** The message. */
  row: object;
  /** The type of the key's column, or an object of several. */
  key: unknown;
  /** Names of the key's properties: they never change. */
  fixed: PropertyKey;
  /** Names of the properties that a new row must be given. */
  required: PropertyKey;
  /** For each index, the type of its column, or an object of several. */
  indexes: object;
  entity: object;
}

/** A generated table: what `node.table` takes. */
export interface Table<S extends TableShape> extends TableDescriptor<S["row"], S["key"]> {
  /** The class of its tracked rows. */
  readonly entity: new (
    source: EntitySource<S["row"], S["key"]>,
  ) => S["entity"] & Entity<S["row"], S["key"]>;
}

/** What `create` takes: the properties that must be there, and any others; those left out have their defaults. */
export type NewRow<S extends TableShape> = Partial<S["row"]> & Pick<S["row"], S["required"] & keyof S["row"]>;

/** What `patch` takes: the properties to change. */
export type Patch<S extends TableShape> = Partial<Omit<S["row"], S["fixed"] | keyof UnknownFields>>;

/** Names of the properties that hold a number of any kind; enums, optional and key properties are none. */
export type Countable<S extends TableShape> = {
  [P in keyof S["row"]]: number extends S["row"][P]
    ? S["row"][P] extends number
      ? P
      : never
    : bigint extends S["row"][P]
      ? S["row"][P] extends bigint
        ? P
        : never
      : never;
}[Exclude<keyof S["row"], S["fixed"]>];
