import type { SchemaFile } from "../../schema/model.ts";
import type { TargetOptions } from "../target.ts";
import { EmitContext, halfName, messagesPath, type SchemaIndex } from "./emit-context.ts";
import { emitMessages } from "./messages/message-codecs.ts";
import { typeName } from "./naming.ts";
import type { Side } from "./runtime-names.ts";
import type { SourceFile } from "./source-file.ts";

/** Makes the file of a schema file's messages, enums and codecs. The file is empty when the schema file declares none. */
export function messagesFile(
  side: Side,
  file: SchemaFile,
  index: SchemaIndex,
  options: TargetOptions,
): SourceFile {
  const context = new EmitContext(side, index, messagesPath(file.path, side), options);
  for (const declaration of [...file.enums, ...file.messages]) {
    context.source.declareExport(typeName(declaration));
  }
  if (context.hasHalves) {
    for (const message of file.messages) {
      for (const verb of ["create", "write", "read"] as const) {
        context.source.declare(halfName(verb, typeName(message), side));
      }
    }
  }
  emitMessages(file, context);
  return context.source;
}
