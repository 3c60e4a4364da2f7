import { ownFolder, type Sources } from "../load/files.ts";
import { googleFolder } from "../load/google.ts";
import { commentOfOption } from "../load/link/deprecation.ts";
import { Symbols } from "../load/link/symbols.ts";
import type {
  EnumNode,
  EnumValueNode,
  FieldNode,
  FileOutline,
  MessageNode,
  Node,
} from "../load/read/outline.ts";
import { isProto2 } from "../load/read/outline.ts";
import { scan } from "../load/read/scanner.ts";
import { OptionTexts } from "./option-texts.ts";
import { shapesOfOutline } from "./outline-shape.ts";
import { shapesOfProto } from "./proto-shape.ts";
import type { FileProto, LocationProto } from "./request.ts";
import type { Shape } from "./shape.ts";

/** First difference between a file on disk and the compiled one. */
export interface Difference {
  /** Path below the schema root. */
  readonly file: string;
  /** Description of the difference: "line 7 has ..., the compiled file has ...". */
  readonly text: string;
}

/**
 * Finds the first difference between the files on disk and the compiled ones, in declarations, their lines, comments, or options
 * that generated files depend on. Returns undefined for equal files. Files with syntax errors are skipped, since the loader
 * reports them, and so are files that no code is generated for: proto2, and those of Photinus and Google.
 */
export function differenceOf(sources: Sources, protos: readonly FileProto[]): Difference | undefined {
  const symbols = new Symbols([...sources.files.values()]);
  const options = new OptionTexts(symbols);
  const byName = new Map(protos.map((proto) => [proto.name, proto]));
  for (const [path, outline] of sources.files) {
    if (path.startsWith(ownFolder) || path.startsWith(googleFolder)) continue;
    if (sources.broken.has(path)) continue;
    const proto = byName.get(path);
    if (proto === undefined) return { file: path, text: "it was not compiled" };
    if (isProto2(outline) && (proto.syntax ?? "proto2") === "proto2") continue;
    const text =
      syntaxDifference(outline, proto) ??
      shapeDifference(shapesOfOutline(outline, symbols, options), shapesOfProto(proto, options)) ??
      commentDifference(outline, sources.texts.get(path) ?? "", proto);
    if (text !== undefined) return { file: path, text };
  }
  return undefined;
}

function syntaxDifference({ syntax, edition }: FileOutline, proto: FileProto): string | undefined {
  const ours = edition === undefined ? (syntax?.text ?? "proto2") : "editions";
  const theirs = proto.syntax || "proto2";
  return ours === theirs ? undefined : `it has the syntax ${ours}, the compiled file has ${theirs}`;
}

/** Finds the first difference between two lists of shapes. Lines and options count only where both sides know them. */
function shapeDifference(ours: readonly Shape[], theirs: readonly Shape[]): string | undefined {
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const [one, other] = [ours[at], theirs[at]];
    if (one === undefined) return `it lacks "${other?.text}", which the compiled file has`;
    const place = one.line === undefined ? "it" : `line ${one.line}`;
    if (one.text !== other?.text)
      return `${place} has "${one.text}", the compiled file has ${other ? `"${other.text}"` : "no more declarations"}`;
    if (one.line !== undefined && other.line !== undefined && one.line !== other.line)
      return `"${one.text}" is on line ${one.line}, in the compiled file on line ${other.line}`;
    if (one.options !== undefined && other.options !== undefined && one.options !== other.options)
      return `the options of "${one.text}" are ${one.options || "{}"}, in the compiled file ${other.options || "{}"}`;
  }
  return undefined;
}

/**
 * Compares comments line by line, without markers and spaces around them, since parsers handle markers and spaces differently. Compilers keep just
 * the comments beside declarations. So every compiled comment must be in the text, in the same order, and every comment that
 * generated files show must be among the compiled ones.
 */
function commentDifference(outline: FileOutline, text: string, proto: FileProto): string | undefined {
  const locations = proto.sourceCodeInfo?.location;
  if (locations === undefined) return undefined;
  const theirs = linesOf(
    [...locations]
      .sort(byStart)
      .flatMap((location) => [
        ...(location.leadingDetachedComments ?? []),
        location.leadingComments ?? "",
        location.trailingComments ?? "",
      ]),
  );
  const known = new Set(theirs);
  const added = linesOf(commentsIn(outline)).find((line) => !known.has(line));
  if (added !== undefined) return `it has the comment "${added}", which the compiled file lacks`;
  const ours = linesOf(scan(text).comments.map((comment) => comment.text));
  let at = 0;
  for (const line of theirs) {
    at = ours.indexOf(line, at) + 1;
    if (at === 0) return `it lacks the comment "${line}" at the place where the compiled file has it`;
  }
  return undefined;
}

function byStart({ span: [line = 0, column = 0] = [] }: LocationProto, other: LocationProto): number {
  const [otherLine = 0, otherColumn = 0] = other.span ?? [];
  return line - otherLine || column - otherColumn;
}

/** Lines without the markers and spaces at both ends, and with single spaces; lines without words are left out. */
function linesOf(comments: readonly string[]): string[] {
  const lines = comments.flatMap((comment) => comment.split("\n"));
  return lines
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
    .map((line) => line.replace(/^[\s*/]+|[\s*/]+$/g, "").replace(/\s+/g, " "));
}

/** Comments that generated files show. */
function commentsIn({ comment, messages, enums, services }: FileOutline): string[] {
  const of = (node: Node) => [node.comment, commentOfOption(node)];
  const ofMember = (node: EnumValueNode | FieldNode) => [node.comment, node.behind];
  const ofEnum = (node: EnumNode) => [...of(node), ...node.values.flatMap(ofMember)];
  const ofMessage = (node: MessageNode): string[] => [
    ...of(node),
    ...node.fields.flatMap(ofMember),
    ...node.oneofs.flatMap(of),
    ...node.messages.flatMap(ofMessage),
    ...node.enums.flatMap(ofEnum),
  ];
  return [
    comment,
    ...messages.flatMap(ofMessage),
    ...enums.flatMap(ofEnum),
    ...services.flatMap((service) => [service, ...service.rpcs].flatMap(of)),
  ];
}
