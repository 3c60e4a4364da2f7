import type { SchemaFile } from "../../schema/model.ts";
import type { TargetOptions } from "../target.ts";
import type { BarrelPart } from "./barrel.ts";
import { printFile } from "./print/printer.ts";
import type { SourceFile } from "./source-file.ts";

/** What a target writes of one schema file, printed. */
export interface Part extends BarrelPart {
  readonly text: string;
}

/**
 * Prints what a target writes of a schema file, unless it is known from an earlier run.
 *
 * @param kind tells apart what is written of one file
 * @param also what it is made from besides the file, what that imports and the options
 */
export function partsOf(
  kind: string,
  file: SchemaFile,
  options: TargetOptions,
  also: readonly string[],
  emit: () => SourceFile,
): Part[] {
  const print = (): Part[] => {
    const source = emit();
    if (source.isEmpty) return [];
    const text = printFile(source, { origin: file.path, comment: file.comment });
    return [{ path: source.path, package: file.package, exports: source.exports, text }];
  };
  return options.memo?.recall(kind, file, [options.importExtension ?? "", ...also], print) ?? print();
}
