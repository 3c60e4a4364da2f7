import { callerAbove } from "../../../schema/caller.ts";
import { isPhotinusError, withCaller } from "../../../schema/errors.ts";
import type { ReadOptions } from "../table-store.ts";
import type { Bounds } from "./increment-bounds.ts";
import type { RetryOptions } from "./retry-aborted.ts";
import { TableHandle } from "./table-handle.ts";
import type { Countable, NewRow, Patch, TableShape } from "./table-shape.ts";

type AnyFunction = (...args: never[]) => unknown;

/**
 * Table handle whose errors include the stack of the caller. Without the stack, the error of a call that is not awaited
 * names no line of the game, because the failure comes long after the caller returned. Captures a stack for every call, so
 * it is for development.
 */
export class TracedHandle<S extends TableShape> extends TableHandle<S> {
  override get(key: S["key"]): Promise<S["row"] | undefined> {
    return this.traced(super.get(key), this.get);
  }

  override getMany(keys: readonly S["key"][]): Promise<(S["row"] | undefined)[]> {
    return this.traced(super.getMany(keys), this.getMany);
  }

  override exists(key: S["key"]): Promise<boolean> {
    return this.traced(super.exists(key), this.exists);
  }

  override load(key: S["key"]): Promise<S["entity"] | undefined> {
    return this.traced(super.load(key), this.load);
  }

  override loadMany(keys: readonly S["key"][]): Promise<(S["entity"] | undefined)[]> {
    return this.traced(super.loadMany(keys), this.loadMany);
  }

  override create(init: NewRow<S>): Promise<S["row"]> {
    return this.traced(super.create(init), this.create);
  }

  override getOrCreate(init: NewRow<S>): Promise<S["row"]> {
    return this.traced(super.getOrCreate(init), this.getOrCreate);
  }

  override patch(key: S["key"], changes: Patch<S>): Promise<void> {
    return this.traced(super.patch(key, changes), this.patch);
  }

  override update(
    key: S["key"],
    fn: (row: Readonly<S["row"]>) => Patch<S> | undefined | Promise<Patch<S> | undefined>,
    options?: RetryOptions,
  ): Promise<S["row"]> {
    return this.traced(super.update(key, fn, options), this.update);
  }

  override increment<P extends Countable<S>>(
    key: S["key"],
    property: P,
    delta: S["row"][P] & (number | bigint),
    bounds?: Bounds<S["row"][P] & (number | bigint)>,
  ): Promise<S["row"][P]> {
    return this.traced(super.increment(key, property, delta, bounds), this.increment<P>);
  }

  override delete(key: S["key"]): Promise<boolean> {
    return this.traced(super.delete(key), this.delete);
  }

  override keysBy<I extends keyof S["indexes"]>(
    index: I,
    value: S["indexes"][I],
    options?: ReadOptions,
  ): Promise<S["key"][]> {
    return this.traced(super.keysBy(index, value, options), this.keysBy<I>);
  }

  override rowsBy<I extends keyof S["indexes"]>(
    index: I,
    value: S["indexes"][I],
    options?: ReadOptions,
  ): Promise<S["row"][]> {
    return this.traced(super.rowsBy(index, value, options), this.rowsBy<I>);
  }

  override warm(keys?: readonly S["key"][]): Promise<number> {
    return this.traced(super.warm(keys), this.warm);
  }

  override touch(key: S["key"]): Promise<void> {
    return this.traced(super.touch(key), this.touch);
  }

  protected override traced<T>(work: Promise<T>, called: AnyFunction): Promise<T> {
    const caller = callerAbove(called);
    return work.catch((error: unknown) => {
      throw isPhotinusError(error) ? withCaller(error, caller) : error;
    });
  }
}
