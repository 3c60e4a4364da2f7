import type { TargetOptions } from "../target.ts";
import { pascalCase } from "./naming.ts";
import { objectLiteral } from "./print/layout.ts";
import { type ExportedName, SourceFile } from "./source-file.ts";

/** A file that a barrel passes on. */
export interface BarrelPart {
  readonly path: string;
  /** The schema package it comes from: tells namesakes apart. */
  readonly package: string;
  readonly exports: readonly ExportedName[];
}

/**
 * A file that exports everything of the others. Where two files export the same name, the later one's is renamed after
 * its package: `Step` of package `other.game` becomes `OtherGameStep`.
 */
export function emitBarrel(
  path: string,
  parts: readonly BarrelPart[],
  options: TargetOptions,
  own: SourceFile = new SourceFile(path, options),
): SourceFile {
  const lines: string[] = [];
  for (const part of parts) {
    const clashes = part.exports.some(({ name }) => own.has(name));
    const specifier = own.specifierOf({ file: part.path });
    if (!clashes) {
      for (const { name, use } of part.exports) own.declareExport(name, use);
      lines.push(`export * from "${specifier}";`);
      continue;
    }
    const names = part.exports.map(({ name, use }) => {
      const renamed = own.declareExport(own.has(name) ? prefixed(name, part.package) : name, use);
      return `${use === "type" ? "type " : ""}${name}${renamed === name ? "" : ` as ${renamed}`}`;
    });
    const tail = ` from "${specifier}";`;
    lines.push(`export ${objectLiteral(names, "export ".length + tail.length)}${tail}`);
  }
  if (lines.length > 0) own.add(lines.join("\n"));
  return own;
}

function prefixed(name: string, schemaPackage: string): string {
  const prefix = pascalCase(schemaPackage || "root");
  if (/^[A-Z]/.test(name)) return prefix + name;
  return prefix.charAt(0).toLowerCase() + prefix.slice(1) + pascalCase(name);
}
