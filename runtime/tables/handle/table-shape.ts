import type { UnknownFields } from "../../wire/codec/codec-runtime.ts";
import type { TableDescriptor } from "../table-layout.ts";
import type { Entity, EntitySource } from "./entity.ts";

/** Type-level description of a table. Generated code has one such interface for each table. */
export interface TableShape {
  /** Type of the row message. */
  row: object;
  /** Type of the key: the type of its column, or an object of several columns. */
  key: unknown;
  /** Names of the key's properties, which never change. */
  fixed: PropertyKey;
  /** Names of the properties that a new row must have. */
  required: PropertyKey;
  /** Type of each index: the type of its column, or an object of several columns. */
  indexes: object;
  /** Type of a tracked row. */
  entity: object;
}

/** Generated table, as passed to `node.table`. */
export interface Table<S extends TableShape> extends TableDescriptor<S["row"], S["key"]> {
  /** Class of tracked rows. */
  readonly entity: new (
    source: EntitySource<S["row"], S["key"]>,
  ) => S["entity"] & Entity<S["row"], S["key"]>;
}

/** Argument of `create`: the required properties and any others. Omitted properties have their defaults. */
export type NewRow<S extends TableShape> = Partial<S["row"]> & Pick<S["row"], S["required"] & keyof S["row"]>;

/** Argument of `patch`: the properties to change. */
export type Patch<S extends TableShape> = Partial<Omit<S["row"], S["fixed"] | keyof UnknownFields>>;

/** Names of the properties that hold a number; without enums, optional properties and properties of the key. */
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
