#!/usr/bin/env node
/**
 * protoc-gen-photinus: reads a CodeGeneratorRequest from the standard input and writes a CodeGeneratorResponse to the standard
 * output. What is wrong with a schema is part of the answer; exit code 1 is for a request that cannot be read, and for defects.
 */
import { builtInTargets } from "../targets.ts";
import { decodeRequest, encodeResponse } from "./request.ts";
import { runPlugin } from "./run.ts";

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const response = await runPlugin(decodeRequest(Buffer.concat(chunks)), {
  folder: process.cwd(),
  targets: builtInTargets,
  warn: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(encodeResponse(response));
