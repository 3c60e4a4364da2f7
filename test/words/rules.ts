import type { Text } from "./text.ts";

/** One thing that a text says and should not. */
export interface Fault {
  readonly path: string;
  readonly line: number;
  /** What is wrong, in one line. */
  readonly what: string;
}

/** Words that refer to something outside the comment, so that it cannot be read by itself in a hover. */
export const beginnings = [
  "The same",
  "It",
  "Those",
  "One that",
  "Of",
  "Who",
  "Whoever",
  "Whatever",
  "Nobody",
  "Somebody",
  "Something",
] as const;

const beginning = new RegExp(`^(${beginnings.join("|")})(?![\\w'-])`);

/**
 * Idiom, with the field's words instead. Each expression matches whole words, with the forms of its verb: "outputs" and
 * "a lien" are not meant, and "there is none" is plain English unless "of" follows.
 */
const phrases: readonly { readonly phrase: RegExp; readonly instead: string }[] = [
  {
    phrase: /(?<!\bthere )\b(is|are) none\b|\bthere (is|are) none of\b/i,
    instead: "is not a ..., is invalid, does not exist",
  },
  {
    phrase: /\b(is|are|was|were|be|being) told\b/i,
    instead: "receives, is notified, is reported, is distinguished",
  },
  { phrase: /\bbe had\b/i, instead: "is available, can be reached, can be loaded" },
  { phrase: /\bput(s|ting)? out\b/i, instead: "writes, prints, evicts, disables" },
  { phrase: /\b(brought|bring|brings|bringing) back\b/i, instead: "restores, retries, replays" },
  { phrase: /\ba lie\b/i, instead: "is false, is wrong" },
];

/** Sentences that were examples of how not to write; each by the words that it cannot do without. */
const sentences = [
  "Tells the client that it is thrown out, and why",
  "The same for a node's connection",
  "Makes a node know the session, before its first command goes there",
  "one that waits for MySQL keeps the others of its share waiting",
  "the MySQL URL is none",
  "a change of what is not known here",
  "after which a caller has waited long enough for others to leave it a connection",
  "write-behind goes on for cached rows",
];

/** What is wrong with a text. Of tests only the beginnings of comments are judged: their texts quote what they expect. */
export function faultsOf(text: Text, isTest = false): readonly Fault[] {
  const { kind, path, line } = text;
  const faults: Fault[] = [];
  const start = kind === "docstring" || kind === "comment" ? beginning.exec(text.text)?.[1] : undefined;
  if (start !== undefined) {
    faults.push({ path, line, what: `a ${kind} begins with "${start}": ${shown(text.text, 0)}` });
  }
  if (isTest) return faults;
  for (const { phrase, instead } of phrases) {
    const match = phrase.exec(text.text);
    if (match === null) continue;
    const what = `a ${kind} says "${match[0]}" (${instead}): ${shown(text.text, match.index)}`;
    faults.push({ path, line, what });
  }
  for (const sentence of sentences) {
    const index = text.text.indexOf(sentence);
    if (index >= 0)
      faults.push({ path, line, what: `a ${kind} is to be rewritten: ${shown(text.text, index)}` });
  }
  return faults;
}

const shownLength = 90;

function shown(text: string, index: number): string {
  const from = Math.max(0, Math.min(index - 30, text.length - shownLength));
  const part = text.slice(from, from + shownLength);
  return `${from > 0 ? "..." : ""}${part}${from + shownLength < text.length ? "..." : ""}`;
}
