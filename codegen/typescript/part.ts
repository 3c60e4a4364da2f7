import type { SchemaFile, Service } from "../../schema/model.ts";
import type { TargetOptions } from "../target.ts";
import { printFile } from "./print/printer.ts";
import type { SourceFile } from "./source-file.ts";

/** One printed output file of a schema file or a service. */
export interface Part {
  readonly path: string;
  readonly text: string;
}

/**
 * Prints the output file of a schema file, or of one of its services. Returns the text of an earlier run when nothing it depends
 * on has changed.
 *
 * @param kind distinguishes the outputs of one schema file: "client messages"
 * @param also further inputs of the text, besides the schema file, its imports and the options
 * @param emit makes the file; called only when no earlier text fits
 * @param service service that the text is about; its comment then stands at the top instead of the schema file's
 * @returns one part, or none when the file would be empty
 */
export function partsOf(
  kind: string,
  file: SchemaFile,
  options: TargetOptions,
  also: readonly string[],
  emit: () => SourceFile,
  service?: Service,
): Part[] {
  const print = (): Part[] => {
    const source = emit();
    if (source.isEmpty) return [];
    const { comment } = service ?? file;
    return [{ path: source.path, text: printFile(source, { origin: file.path, comment }) }];
  };
  const name = service ? `${kind} ${service.name}` : kind;
  return options.memo?.recall(name, file, [options.importExtension ?? "", ...also], print) ?? print();
}
