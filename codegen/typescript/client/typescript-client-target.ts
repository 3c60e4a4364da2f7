import type { Schema, SchemaFile, Service } from "../../../schema/model.ts";
import { releasedAs } from "../../lock/releases/releases.ts";
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

/** Makes "index.ts": `connect` for pages, and the schema's fingerprint and release. */
function pageEntry(schema: Schema, index: SchemaIndex, options: TargetOptions): SourceFile {
  const context = new EmitContext("client", index, "index.ts", options);
  const { source } = context;
  const fingerprint = source.declareExport("fingerprint");
  const release = source.declareExport("release");
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
  const number = options.lock === undefined ? 0 : releasedAs(options.lock, schema.fingerprint);
  const numbered = docstring(
    wrap(
      "Number of the release of this SDK, which `connect` sends, too. 0: the schema was not released as it is.",
    ),
  );
  const connects = docstring(
    wrap(
      'Connects to a gate over WebSocket: `await connect("wss://play.example")`. For TCP, in Node.js, import `connect` of node.ts.',
    ),
  );
  source.add(
    `${named}export const ${fingerprint} = ${JSON.stringify(schema.fingerprint)};`,
    `${numbered}export const ${release} = ${number};`,
    `${connects}${connectFunction({ connect, open, connection, connectOptions, fingerprint, release })}`,
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
  const release = source.import({ file: "index.ts" }, "release", "value");
  const connects = docstring(
    'Connects to a gate from Node.js, over TCP or WebSocket: `await connect("tcp://127.0.0.1:7700")`.',
  );
  source.add(
    `export { ${fingerprint}, ${release} };`,
    `${connects}${connectFunction({ connect, open, connection, connectOptions, fingerprint, release })}`,
  );
  return source;
}

/**
 * Emits a `connect` that sends fingerprint and release of its schema, unless the caller gives others. An option that is `undefined`
 * stands for its default, so it must not overwrite these.
 *
 * @param names name of each import and declaration in the file
 */
function connectFunction(
  names: Readonly<
    Record<"connect" | "open" | "connection" | "connectOptions" | "fingerprint" | "release", string>
  >,
): string {
  const parameters = ["url: string", `options: ${names.connectOptions} = {}`];
  const head = callable(`export function ${names.connect}`, parameters, `: Promise<${names.connection}> {\n`);
  const own = `  const { schema = ${names.fingerprint}, release: number = ${names.release} } = options;\n`;
  return `${head}${own}  return ${names.open}(url, { ...options, schema, release: number });\n}`;
}
