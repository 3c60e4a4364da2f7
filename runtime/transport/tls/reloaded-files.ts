import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { fail, messageOf } from "../../../schema/errors.ts";
import type { Clock, Timer } from "../../clock/clock.ts";
import type { Counters } from "../../log/counters.ts";
import type { Logger } from "../../log/logger.ts";
import type { FileContents } from "./certificate-loading.ts";

/** Parts of {@link ReloadedFiles}. */
export interface ReloadedFilesParts<T> {
  /** Paths of the files. */
  readonly paths: readonly string[];
  /** Makes the value from the contents of all files. Throws an error that names the file and its fault. */
  readonly make: (contents: FileContents) => T;
  /** Called at each check with the value in use, for example to warn before a certificate expires. */
  readonly onCheck?: (value: T) => void;
  /** Interval between two checks, in ms. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts "tls.reloaded" and "tls.reload-failed". */
  readonly counters: Counters;
}

/** Largest file that is read, in bytes. */
const maxFileBytes = 1_048_576;

/**
 * A value made from files, made anew when a file changes. Polls the contents: `fs.watch` misses changes on network
 * file systems and of files that are replaced through a symbolic link, as orchestrators do. A bad change keeps the
 * value in use.
 */
export class ReloadedFiles<T> {
  readonly #parts: ReloadedFilesParts<T>;
  readonly #listeners = new Set<(value: T) => void>();
  readonly #timer: Timer | undefined;
  #value: T;
  /** Digest of the contents that the value was made of. */
  #digest: string;
  /** Digest of contents that are bad, as found by the last check. */
  #badDigest: string | undefined;
  #isReported = false;
  #checking: Promise<void> | undefined;

  private constructor(parts: ReloadedFilesParts<T>, value: T, digest: string) {
    this.#parts = parts;
    this.#value = value;
    this.#digest = digest;
    if (parts.paths.length > 0) this.#timer = parts.clock.every(parts.everyMs, () => void this.check());
  }

  /** Reads the files and makes the first value. Rejects with FAILED_PRECONDITION that names a bad file and its fault. */
  static async open<T>(parts: ReloadedFilesParts<T>): Promise<ReloadedFiles<T>> {
    const contents = await readAll(parts.paths);
    return new ReloadedFiles(parts, parts.make(contents), digestOf(contents));
  }

  /** Value of the last good contents. */
  get value(): T {
    return this.#value;
  }

  /** Calls `listener` with each new value. Returns a function that removes the listener. */
  onChange(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Checks the files now. Never rejects; a fault is logged and counted. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Stops the checks. Idempotent. */
  close(): void {
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  async #check(): Promise<void> {
    const { paths, make, onCheck, log, counters } = this.#parts;
    let digest = "unreadable";
    try {
      const contents = await readAll(paths);
      digest = digestOf(contents);
      if (digest !== this.#digest) {
        this.#value = make(contents);
        this.#digest = digest;
        counters.add("tls.reloaded");
        log.info({ files: paths }, "TLS files reloaded");
        for (const listener of this.#listeners) listener(this.#value);
      }
      this.#badDigest = undefined;
      this.#isReported = false;
    } catch (error) {
      this.#onBad(digest, error);
    }
    onCheck?.(this.#value);
  }

  /**
   * Reports bad contents once, and only when two checks find them: a renewal replaces certificate and key one after the
   * other, and the two do not fit in between.
   */
  #onBad(digest: string, error: unknown): void {
    if (digest !== this.#badDigest) {
      this.#badDigest = digest;
      this.#isReported = false;
    } else if (!this.#isReported) {
      this.#isReported = true;
      this.#parts.counters.add("tls.reload-failed");
      this.#parts.log.error({ err: error }, "TLS files not reloaded; the former ones stay in use");
    }
  }
}

async function readAll(paths: readonly string[]): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const path of paths) contents.set(path, await readWhole(path));
  return contents;
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, "r");
    const about = await file.stat();
    if (about.isFile() && about.size <= maxFileBytes) return await file.readFile();
  } catch (error) {
    throw fail("FAILED_PRECONDITION", `TLS file ${path}: cannot be read (${reasonOf(error)})`, {
      cause: error,
    });
  }
  throw fail(
    "FAILED_PRECONDITION",
    `TLS file ${path}: not a file of at most ${maxFileBytes} bytes; expected a PEM file`,
  );
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "permission denied";
  if (code === "EISDIR") return "a folder";
  return messageOf(error);
}

function digestOf(contents: FileContents): string {
  const hash = createHash("sha256");
  for (const [path, content] of contents) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest("hex");
}
