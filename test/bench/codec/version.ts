/** A process that measures the generated code of one version of the project: `version.ts FOLDER-URL`. */
import { readFileSync } from "node:fs";
import type { MessageType, Reader as ReaderOf, Writer as WriterOf } from "../../../runtime/api/codegen-v1.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { type Job, measure, repeat } from "./measure.ts";
import { moves, profiles, scenes } from "./samples.ts";

export interface RowRequest {
  readonly row: RowName;
  readonly ms: number;
}

export interface RowResult {
  readonly calls: number;
  readonly perSecond: number;
}

const sizes = ["small", "medium", "large"] as const;
export type RowName = `${(typeof sizes)[number]} ${"encode" | "decode"}`;
export const rowNames: readonly RowName[] = sizes.flatMap(
  (size) => [`${size} encode`, `${size} decode`] as const,
);

/** What generated code imports as `photinus/v1`, of that version. */
async function runtimeOf(version: URL) {
  const { exports } = JSON.parse(readFileSync(new URL("package.json", version), "utf8"));
  const { href } = new URL(exports["./v1"]["photinus-source"], version);
  return (await import(href)) as { Reader: typeof ReaderOf; Writer: typeof WriterOf };
}

async function serve(version: URL): Promise<void> {
  const { Reader, Writer } = await runtimeOf(version);
  const { Move, Profile, Scene } = await import(
    new URL("test/bench/codec/fixtures/bench.messages.ts", version).href
  );
  const jobs = new Map<RowName, Job>();
  const add = <T>(size: (typeof sizes)[number], type: MessageType<T>, values: readonly T[]) => {
    const encoded = values.map((value) => {
      const writer = new Writer();
      type.write(writer, value);
      return Buffer.from(writer.finish());
    });
    const writer = new Writer(Math.max(...encoded.map(({ length }) => length)) + 64);
    const reader = new Reader(Buffer.concat(encoded));
    const starts = encoded.map((_, n) => encoded.slice(0, n).reduce((sum, { length }) => sum + length, 0));
    jobs.set(
      `${size} encode`,
      repeat((n) => {
        writer.position = 0;
        type.write(writer, values[n]!);
        return writer.position;
      }),
    );
    jobs.set(
      `${size} decode`,
      repeat((n) => {
        const start = starts[n]!;
        const end = start + encoded[n]!.length;
        reader.position = start;
        reader.end = end;
        return type.read(reader, end);
      }),
    );
  };
  add("small", Move, moves);
  add("medium", Profile, profiles);
  add("large", Scene, scenes);
  serveParent<RowRequest>(async ({ row, ms }) => measure(jobs.get(row)!, ms));
  tellParent({ ready: true });
}

const [folder] = process.argv.slice(2);
if (folder !== undefined && process.send) await serve(new URL(folder));
