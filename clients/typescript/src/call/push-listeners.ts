import { fail } from "../../../../schema/errors.ts";
import type { ClientPush } from "../call-descriptors.ts";

/** Receives an error that has no caller. */
export type Report = (error: unknown, about: string) => void;

/** Listeners of one kind of event. An error in one listener does not keep the event from the others. */
export class Listeners<E> {
  // Replaced, never changed: a listener that is added or removed during a delivery does not disturb it.
  #all: readonly ((event: E) => void)[] = [];

  /** Adds a listener. Returns a function that removes it; further calls of that function have no effect. */
  add(listener: (event: E) => void): () => void {
    // A wrapper, so that one listener can be added twice and removed once.
    const own = (event: E): void => listener(event);
    this.#all = [...this.#all, own];
    return () => {
      this.#all = this.#all.filter((other) => other !== own);
    };
  }

  get size(): number {
    return this.#all.length;
  }

  tell(event: E, about: string, report: Report): void {
    const all = this.#all;
    for (let i = 0; i < all.length; i++) {
      try {
        // A listener may be an async function, although its type does not say so. Its rejection is reported, too.
        const result: unknown = all[i]!(event);
        if (result instanceof Promise) result.catch((error: unknown) => report(error, about));
      } catch (error) {
        report(error, about);
      }
    }
  }
}

/** A push with its listeners. */
export interface PushSubject {
  readonly push: ClientPush<unknown>;
  readonly listeners: Listeners<unknown>;
}

/** Listeners of pushes, by the push's id. */
export class PushListeners {
  readonly #subjects = new Map<number, PushSubject>();

  add<M>(push: ClientPush<M>, listener: (message: M) => void): () => void {
    let subject = this.#subjects.get(push.id);
    if (!subject) {
      subject = { push: push as ClientPush<unknown>, listeners: new Listeners() };
      this.#subjects.set(push.id, subject);
    } else if (subject.push.body !== push.body) {
      throw fail(
        "INVALID_ARGUMENT",
        `pushes ${subject.push.name} and ${push.name} have the same id ${push.id}`,
      );
    }
    return subject.listeners.add(listener as (message: unknown) => void);
  }

  /** Returns the listeners of a push; undefined without any, so that the body need not be decoded. */
  get(id: number): PushSubject | undefined {
    const subject = this.#subjects.get(id);
    return subject && subject.listeners.size > 0 ? subject : undefined;
  }
}
