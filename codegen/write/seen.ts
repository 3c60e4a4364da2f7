import { statSync } from "node:fs";
import { hashOf, readIfThere } from "./text.ts";

/** A text that belongs at a path. */
interface Seen {
  readonly text: string;
  readonly hash: string;
  /** Inode, size and times of the file when it had this text; undefined before it was read. */
  readonly stamp: string | undefined;
}

/** Cache of texts of output files, kept from one run to the next: an unchanged file is neither read nor hashed again. */
export class SeenTexts {
  readonly #seen = new Map<string, Seen>();

  /** Hash of a text that belongs at a path. */
  hashOf(path: string, text: string): string {
    return this.#of(path, text).hash;
  }

  /**
   * Reads the file at a path where a text belongs; undefined for a missing file. A file that was not touched since it had the
   * text is not read again.
   *
   * @throws Refusal when the path is a folder or cannot be read
   */
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

/** Inode, size and times of a file, which change with every write; undefined for a missing file. */
function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat?.isFile() ? [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join() : undefined;
}
