import { fail } from "../../../../schema/errors.ts";
import type { ClientPush } from "../call-descriptors.ts";

/** Told of an error that has no caller. */
export type Report = (error: unknown, about: string) => void;

/** Listeners of one kind of event. One that throws does not keep the others from hearing it. */
export class Listeners<E> {
  // Replaced, never changed: a listener that comes or goes during a call does not disturb it.
  #all: readonly ((event: E) => void)[] = [];

  /** Returns what takes the listener away again; calling that twice is harmless. */
  add(listener: (event: E) => void): () => void {
    // A function of its own, so that the same listener can be added twice and taken away once.
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
        // A listener may be an async function, though its type does not say so: its failure is reported as well.
        const result: unknown = all[i]!(event);
        if (result instanceof Promise) result.catch((error: unknown) => report(error, about));
      } catch (error) {
        report(error, about);
      }
    }
  }
}

/** Listeners of one push. */
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

  /** Undefined when nobody listens, so that the body need not be read. */
  get(id: number): PushSubject | undefined {
    const subject = this.#subjects.get(id);
    return subject && subject.listeners.size > 0 ? subject : undefined;
  }
}
