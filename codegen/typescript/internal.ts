import type { GeneratedFile, Target } from "../target.ts";
import { SchemaIndex } from "./emit-context.ts";
import { messagesFile } from "./messages-file.ts";
import { printFile } from "./print/printer.ts";

/**
 * Target for the runtime's own messages in `runtime/wire/generated`: the control messages of the session protocol and of node
 * links. Emits codecs only, which import the codec runtime by relative path: "photinus/control.proto" becomes
 * "photinus/control.ts".
 */
export const internal: Target = {
  name: "internal",
  isOfOwnMessages: true,
  emit(schema, options) {
    const index = new SchemaIndex(schema);
    const files: GeneratedFile[] = [];
    for (const file of schema.files) {
      const source = messagesFile("internal", file, index, options);
      if (source.isEmpty) continue;
      const text = printFile(source, { origin: file.path, comment: file.comment });
      files.push({ target: internal.name, path: source.path, text });
    }
    return files;
  },
};
