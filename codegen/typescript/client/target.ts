import type { Schema, SchemaFile } from "../../../schema/model.ts";
import type { GeneratedFile, Target, TargetOptions } from "../../target.ts";
import { type BarrelPart, emitBarrel } from "../barrel.ts";
import { EmitContext, SchemaIndex } from "../context.ts";
import { messagesFile } from "../messages-file.ts";
import { partsOf } from "../part.ts";
import { docstring } from "../print/docs.ts";
import { callable } from "../print/layout.ts";
import { printFile } from "../print/printer.ts";
import type { SourceFile } from "../source-file.ts";
import { clientPart } from "./client-part.ts";
import { emitFunctions } from "./functions.ts";

/** What a client needs, and nothing that it has no business to know: functions to call and to listen with. */
export const typescriptClient: Target = {
  name: "typescript-client",
  emit(schema, options) {
    const part = clientPart(schema);
    const index = new SchemaIndex(part);
    const parts: BarrelPart[] = [];
    const files: GeneratedFile[] = [];
    const write = (path: string, text: string) =>
      files.push({ target: typescriptClient.name, path: `client/${path}`, text });
    for (const file of part.files) {
      // Which of a file's messages a client may know depends on all services.
      const known = options.memo ? [...file.messages, ...file.enums].map(({ fullName }) => fullName) : [];
      for (const made of [
        ...partsOf("client messages", file, options, known, () =>
          messagesFile("client", file, index, options),
        ),
        ...partsOf("client functions", file, options, [], () => functionsFile(file, index, options)),
      ]) {
        write(made.path, made.text);
        parts.push(made);
      }
    }
    const entry = barrel(part, index, parts, options);
    write(entry.path, printFile(entry, { origin: "the schema" }));
    return files;
  },
};

function functionsFile(file: SchemaFile, index: SchemaIndex, options: TargetOptions): SourceFile {
  const path = file.path.replace(/\.proto$/, ".client.ts");
  const context = new EmitContext("client", index, path, options);
  emitFunctions(file, context);
  return context.source;
}

function barrel(
  schema: Schema,
  index: SchemaIndex,
  parts: readonly BarrelPart[],
  options: TargetOptions,
): SourceFile {
  const context = new EmitContext("client", index, "index.ts", options);
  const { source } = context;
  const fingerprint = source.declareExport("fingerprint", "value");
  const connect = source.declareExport("connect", "value");
  const open = context.runtime("connect", "value", "open");
  const connection = context.runtime("Connection", "type");
  const connectOptions = context.runtime("ConnectOptions", "type");
  emitBarrel("index.ts", parts, options, source);
  const named = docstring(
    "Names the schema that this SDK was written from; a server of another one says so in its welcome.",
    "For `connect` of `@photinus/client/node`: `connect(url, { schema: fingerprint })`.",
  );
  const connects = docstring('Connects to a gate: `await connect("wss://play.example")`.');
  const parameters = ["url: string", `options: ${connectOptions} = {}`];
  const head = callable(`export function ${connect}`, parameters, `: Promise<${connection}> {\n`);
  source.add(
    `${named}export const ${fingerprint} = ${JSON.stringify(schema.fingerprint)};`,
    `${connects}${head}  return ${open}(url, { schema: ${fingerprint}, ...options });\n}`,
  );
  return source;
}
