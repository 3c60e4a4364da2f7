import type { GeneratedFile, Target } from "../target.ts";
import { SchemaIndex } from "./context.ts";
import { messagesFile } from "./messages-file.ts";
import { printFile } from "./print/printer.ts";

/**
 * The runtime's own messages, as `runtime/wire/generated`: what the session protocol and the node links say besides their
 * users' bodies. Codecs only, importing the codec runtime by relative path. "photinus/control.proto" becomes
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
