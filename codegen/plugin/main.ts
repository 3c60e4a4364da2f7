#!/usr/bin/env node
/**
 * protoc-gen-photinus: reads a CodeGeneratorRequest from the standard input and writes a CodeGeneratorResponse to the standard
 * output. What is wrong with a schema is part of the answer; exit code 1 is for a request that cannot be read, and for defects.
 */
import { builtInTargets } from "../targets.ts";
import { decodeRequest, encodeResponse, type Request } from "./request.ts";
import { runPlugin } from "./run.ts";

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const request = requestIn(Buffer.concat(chunks));
if (request === undefined) {
  process.stderr.write(
    "error: no request of protoc or buf on the standard input; they run protoc-gen-photinus\n",
  );
  process.exitCode = 1;
} else {
  const response = await runPlugin(request, {
    folder: process.cwd(),
    targets: builtInTargets,
    warn: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(encodeResponse(response));
}

function requestIn(bytes: Uint8Array): Request | undefined {
  try {
    return decodeRequest(bytes);
  } catch {
    return undefined;
  }
}
