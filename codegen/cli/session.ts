import { ParsedFiles } from "../load/files.ts";
import { LockSession } from "../lock/file.ts";
import { Memo } from "../memo.ts";
import { SeenTexts } from "../write/seen.ts";
import { hashOfGenerator } from "./generator.ts";

/** What a job keeps from one run to the next while its schema is watched. */
export class Session {
  /** True until a run has made something. */
  isNew = true;
  readonly parsed = new ParsedFiles();
  readonly memo = new Memo();
  readonly seen = new SeenTexts();
  readonly lock = new LockSession();
  /** This process runs the generator that it has loaded, whatever is installed meanwhile. */
  readonly generator = hashOfGenerator();
}
