import { ts } from "ts-morph";

/** How many lines of a file are not empty, and how many of them are comment and nothing else. */
export interface Lines {
  readonly written: number;
  readonly comment: number;
}

/** Counts the lines of a TypeScript file: a template line that looks like a comment counts as code. */
export function linesOf(source: string): Lines {
  const tree = ts.createSourceFile("counted.ts", source, ts.ScriptTarget.Latest, true);
  const code = new Set<number>();
  const visit = (node: ts.Node) => {
    const children = node.getChildren(tree).filter((child) => !ts.isJSDoc(child));
    if (children.length === 0 && node.getWidth(tree) > 0) {
      const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
      for (let line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line; line <= last; line++) {
        code.add(line);
      }
    }
    for (const child of children) visit(child);
  };
  visit(tree);
  const rows = source.split("\n");
  const written = rows.filter((row) => row.trim() !== "").length;
  const comment = rows.filter((row, line) => row.trim() !== "" && !code.has(line)).length;
  return { written, comment };
}
