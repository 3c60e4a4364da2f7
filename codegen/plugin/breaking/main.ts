#!/usr/bin/env node
/**
 * buf-plugin-photinus: serves the rules of `photinus check` to `buf breaking`, as a plugin named in a buf.yaml. Exit code 1 means an
 * unknown argument, an unreadable request, or a defect; changes that break are part of the response.
 */
import { messageOf } from "../../../schema/errors.ts";
import { serve } from "./serve.ts";

async function readInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

try {
  const { output, exitCode, error } = await serve(process.argv.slice(2), readInput, process.cwd());
  process.stderr.write(error);
  process.stdout.write(output);
  process.exitCode = exitCode;
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
