import type { Schema, SchemaFile, Service } from "../../../schema/model.ts";
import type { GeneratedFile, Target, TargetOptions } from "../../target.ts";
import { EmitContext, SchemaIndex } from "../emit-context.ts";
import { messagesFile } from "../messages-file.ts";
import { checkClientNames } from "../name-collisions.ts";
import { type Part, partsOf } from "../part.ts";
import { docstring, wrap } from "../print/docs.ts";
import { callable } from "../print/line-layout.ts";
import { printFile } from "../print/printer.ts";
import { servicePath } from "../service-names.ts";
import type { SourceFile } from "../source-file.ts";
import { clientPart } from "./client-part.ts";
import { emitFunctions } from "./functions.ts";

/**
 * Target for client SDKs in TypeScript: a module of functions for each service for clients, the messages that these reach, and
 * `connect`.
 */
export const typescriptClient: Target = {
  name: "typescript-client",
  isDefault: true,
  check: checkClientNames,
  emit(schema, options) {
    const part = clientPart(schema);
    const index = new SchemaIndex(part);
    const files: GeneratedFile[] = [];
    const write = ({ path, text }: Part) =>
      files.push({ target: typescriptClient.name, path: `client/${path}`, text });
    for (const file of part.files) {
      // The services of all files decide which messages of a file are in the output.
      const known = options.memo ? [...file.messages, ...file.enums].map(({ fullName }) => fullName) : [];
      const messages = () => messagesFile("client", file, index, options);
      partsOf("client messages", file, options, known, messages).forEach(write);
      for (const service of file.services) serviceParts(service, file, index, options).forEach(write);
    }
    for (const entry of [pageEntry(part, index, options), nodeEntry(index, options)]) {
      write({ path: entry.path, text: printFile(entry, { origin: "the schema" }) });
    }
    return files;
  },
};

function serviceParts(
  service: Service,
  file: SchemaFile,
  index: SchemaIndex,
  options: TargetOptions,
): Part[] {
  const emit = () => {
    const context = new EmitContext("client", index, servicePath(service), options);
    emitFunctions(service, context);
    return context.source;
  };
  return partsOf("client service", file, options, [], emit, service);
}

/** Makes "index.ts": `connect` for pages, and the schema's fingerprint. */
function pageEntry(schema: Schema, index: SchemaIndex, options: TargetOptions): SourceFile {
  const context = new EmitContext("client", index, "index.ts", options);
  const { source } = context;
  const fingerprint = source.declareExport("fingerprint");
  const connect = source.declareExport("connect");
  const open = context.runtime("connect", "value", "open");
  const connection = context.runtime("Connection", "type");
  const connectOptions = context.runtime("ConnectOptions", "type");
  const named = docstring(
    "Fingerprint of the schema that this SDK was generated from.",
    wrap(
      "`connect`, here and in node.ts, sends the fingerprint to the server; `connection.sameSchema` compares it with the server's.",
    ),
  );
  const connects = docstring(
    wrap(
      'Connects to a gate over WebSocket: `await connect("wss://play.example")`. For TCP, in Node.js, import `connect` of node.ts.',
    ),
  );
  source.add(
    `${named}export const ${fingerprint} = ${JSON.stringify(schema.fingerprint)};`,
    `${connects}${connectFunction({ connect, open, connection, connectOptions, fingerprint })}`,
  );
  return source;
}

/** Makes "node.ts": `connect` for Node.js, in a file of its own, so that no bundle for a page contains it. */
function nodeEntry(index: SchemaIndex, options: TargetOptions): SourceFile {
  const { source } = new EmitContext("client", index, "node.ts", options);
  const connect = source.declareExport("connect");
  const entry = { package: "@photinus/client/node" };
  const open = source.import(entry, "connect", "value", "open");
  const connection = source.import(entry, "Connection", "type");
  const connectOptions = source.import(entry, "ConnectOptions", "type");
  const fingerprint = source.import({ file: "index.ts" }, "fingerprint", "value");
  const connects = docstring(
    'Connects to a gate from Node.js, over TCP or WebSocket: `await connect("tcp://127.0.0.1:7700")`.',
  );
  source.add(
    `export { ${fingerprint} };`,
    `${connects}${connectFunction({ connect, open, connection, connectOptions, fingerprint })}`,
  );
  return source;
}

/**
 * Emits a `connect` that sends the fingerprint of its schema, unless the caller gives another. An option that is `undefined` stands
 * for its default, so it must not overwrite the fingerprint.
 *
 * @param names name of each import and declaration in the file
 */
function connectFunction(
  names: Readonly<Record<"connect" | "open" | "connection" | "connectOptions" | "fingerprint", string>>,
): string {
  const parameters = ["url: string", `options: ${names.connectOptions} = {}`];
  const head = callable(`export function ${names.connect}`, parameters, `: Promise<${names.connection}> {\n`);
  const schema = `  const { schema = ${names.fingerprint} } = options;\n`;
  return `${head}${schema}  return ${names.open}(url, { ...options, schema });\n}`;
}
