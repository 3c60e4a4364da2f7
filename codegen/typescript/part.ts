import type { SchemaFile, Service } from "../../schema/model.ts";
import type { TargetOptions } from "../target.ts";
import { printFile } from "./print/printer.ts";
import type { SourceFile } from "./source-file.ts";

/** What a target writes of one schema file or service, printed. */
export interface Part {
  readonly path: string;
  readonly text: string;
}

/**
 * Prints what a target writes of a schema file, or of one of its services, unless it is known from an earlier run.
 *
 * @param kind tells apart what is written of one file
 * @param also what it is made from besides the file, what that imports and the options
 * @param service the service that the text is about; its comment then stands at the top instead of the file's
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
