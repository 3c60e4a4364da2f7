import { ParsedFiles } from "../load/files.ts";
import { LockSession } from "../lock/file.ts";
import { Memo } from "../memo.ts";
import { SeenTexts } from "../write/seen.ts";
import { hashOfGenerator } from "./generator.ts";

/** State of a watched job between runs: caches of parsed files, generated files and texts, and the state of the lock file. */
export class Session {
  /** True until a run has generated files. */
  isNew = true;
  readonly parsed = new ParsedFiles();
  readonly memo = new Memo();
  readonly seen = new SeenTexts();
  readonly lock = new LockSession();
  /** Hash of the generator that this process has loaded. Computed once: another version may be installed during the watch. */
  readonly generator = hashOfGenerator();
}
