import { statSync } from "node:fs";
import { hashOf, readIfThere } from "./text.ts";

interface Seen {
  readonly text: string;
  readonly hash: string;
  /** What the file system said of the file when it had this text. */
  readonly stamp: string | undefined;
}

/** Texts of output files, kept from one run to the next: what has not changed is neither hashed nor read again. */
export class SeenTexts {
  readonly #seen = new Map<string, Seen>();

  /** The hash of a text that belongs at a path. */
  hashOf(path: string, text: string): string {
    return this.#of(path, text).hash;
  }

  /** What a file has where a text belongs: that text itself when the file was not touched since it had it. */
  read(path: string, text: string): string | undefined {
    const known = this.#of(path, text);
    const stamp = stampOf(path);
    if (stamp !== undefined && known.stamp === stamp) return known.text;
    const present = readIfThere(path);
    if (present === text) this.#seen.set(path, { ...known, stamp });
    return present;
  }

  #of(path: string, text: string): Seen {
    const known = this.#seen.get(path);
    if (known?.text === text) return known;
    const seen = { text, hash: hashOf(text), stamp: undefined };
    this.#seen.set(path, seen);
    return seen;
  }
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat?.isFile() ? [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join() : undefined;
}
