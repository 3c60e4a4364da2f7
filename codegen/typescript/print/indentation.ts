/** An open bracket: how far the lines inside of it stand in. */
interface Open {
  /** Levels of the line that opens it. */
  readonly level: number;
  /** Labels of a switch stand one level in, what follows them two. */
  readonly isSwitch: boolean;
  /** True behind a label of a switch. */
  labelled: boolean;
}

/**
 * Puts the indentation of code right: every line stands two spaces further in than the line whose bracket it is in. All else
 * stays as it is: emitters put spaces and line breaks where TypeScript's own formatter has them. Strings, templates and comments
 * are known; regular expressions are not.
 */
export function indentCode(text: string): string {
  const lines: string[] = [];
  const open: Open[] = [];
  let mode: "code" | "comment" | "template" = "code";
  for (const raw of text.split("\n")) {
    if (mode === "template") {
      lines.push(raw);
      mode = scan(raw, mode, open, 0);
      continue;
    }
    const line = raw.trim();
    if (line === "") {
      lines.push("");
      continue;
    }
    const inner = open.at(-1);
    let level = inner === undefined ? 0 : inner.level + 1;
    if (mode === "code" && isCloser(line.charCodeAt(0))) {
      level = openBefore(line, open)?.level ?? 0;
    } else if (inner?.isSwitch) {
      if (mode === "code" && isLabel(line)) inner.labelled = true;
      else if (inner.labelled) level++;
    }
    // The lines of a docstring stand under its first star.
    const lead = mode === "comment" ? `${"  ".repeat(level)} ` : "  ".repeat(level);
    lines.push(lead + line);
    mode = scan(line, mode, open, level);
  }
  return lines.join("\n");
}

/** Which bracket a line closes that begins with closing ones: the outermost of them. */
function openBefore(line: string, open: readonly Open[]): Open | undefined {
  let closed = 0;
  while (isCloser(line.charCodeAt(closed))) closed++;
  return open.at(-closed);
}

function isCloser(code: number): boolean {
  return code === 0x7d || code === 0x29 || code === 0x5d;
}

function isLabel(line: string): boolean {
  return line.startsWith("case ") || line.startsWith("default:");
}

/** Follows the brackets, strings and comments of a line; returns what the next line begins in. */
function scan(
  line: string,
  begin: "code" | "comment" | "template",
  open: Open[],
  level: number,
): "code" | "comment" | "template" {
  let mode = begin;
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (mode === "comment") {
      const end = line.indexOf("*/", at);
      if (end < 0) return mode;
      at = end + 1;
      mode = "code";
    } else if (mode === "template") {
      if (code === 0x5c) at++;
      else if (code === 0x60) mode = "code";
    } else if (code === 0x22 || code === 0x27) {
      at = endOfString(line, at, code);
    } else if (code === 0x60) {
      mode = "template";
    } else if (code === 0x2f && line.charCodeAt(at + 1) === 0x2f) {
      return mode;
    } else if (code === 0x2f && line.charCodeAt(at + 1) === 0x2a) {
      mode = "comment";
      at++;
    } else if (code === 0x7b || code === 0x28 || code === 0x5b) {
      const isSwitch = code === 0x7b && line.startsWith("switch (");
      open.push({ level, isSwitch, labelled: false });
    } else if (isCloser(code)) {
      open.pop();
    }
  }
  return mode;
}

/** Where a string ends that begins at `at`. */
function endOfString(line: string, at: number, quote: number): number {
  let end = at + 1;
  for (; end < line.length && line.charCodeAt(end) !== quote; end++) {
    if (line.charCodeAt(end) === 0x5c) end++;
  }
  return end;
}
