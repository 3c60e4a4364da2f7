#!/usr/bin/env node
/**
 * protoc-gen-photinus: reads a CodeGeneratorRequest from standard input and writes a CodeGeneratorResponse to standard output.
 * Errors of the schema are part of the response, as protoc demands. Exit code 1 means an unreadable request, or a defect.
 */
import { builtInTargets } from "../targets.ts";
import { decodeRequest, encodeResponse, type Request } from "./request.ts";
import { runPlugin } from "./run-plugin.ts";

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const request = requestIn(Buffer.concat(chunks));
if (request === undefined) {
  process.stderr.write(
    "error: invalid request on standard input; protoc-gen-photinus is run by protoc or buf\n",
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
  // No bytes decode to a request without files, which no compiler sends.
  if (bytes.length === 0) return undefined;
  try {
    return decodeRequest(bytes);
  } catch {
    return undefined;
  }
}
