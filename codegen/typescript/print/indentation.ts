/** An open bracket, with the indentation of the lines inside. */
interface Open {
  /** Indentation of the line that opens the bracket, in levels. */
  readonly level: number;
  /** Whether the bracket is that of a switch: labels are indented by one level, their statements by two. */
  readonly isSwitch: boolean;
  /** Whether a label of the switch has come already. */
  labelled: boolean;
}

/**
 * Corrects the indentation of code: two spaces more than the line that opens the innermost bracket. Nothing else changes, because
 * emitters put spaces and line breaks where TypeScript's own formatter does; a test compares the two. Strings, templates and comments
 * are recognised; regular expressions are not, as no emitter writes any.
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
    // The stars of a docstring are aligned with the first one.
    const lead = mode === "comment" ? `${"  ".repeat(level)} ` : "  ".repeat(level);
    lines.push(lead + line);
    mode = scan(line, mode, open, level);
  }
  return lines.join("\n");
}

/** Returns the outermost bracket that the closing ones at the start of a line close. */
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

/** Tracks the brackets, strings and comments of a line. Returns the mode in which the next line begins. */
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

/** Returns the position of the closing quote of the string that begins at `at`. */
function endOfString(line: string, at: number, quote: number): number {
  let end = at + 1;
  for (; end < line.length && line.charCodeAt(end) !== quote; end++) {
    if (line.charCodeAt(end) === 0x5c) end++;
  }
  return end;
}
