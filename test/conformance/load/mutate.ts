import fc from "../../setup/random.ts";

/** Names that mean something to JavaScript, TypeScript, protobuf or generated code. */
const hostileNames = (
  "__proto__ constructor prototype toString then hasOwnProperty readonly keyof unique infer delete class await " +
  "Object Map Promise Uint8Array string int32 bytes message enum oneof option optional repeated required reserved " +
  "extend extensions group map stream returns rpc service syntax package import to max inf nan true false value writer " +
  "reader tag at _a a_ A_B a_b aB photinus google Raw None Push Entry Handlers"
).split(" ");

const numbers = (
  "0 1 2 15 16 -1 18999 19000 19500 19999 20000 536870911 536870912 2147483647 2147483648 4294967295 4294967296 " +
  "0x10 010 08 1.5 1e3 .5 99999999999999999999 max inf"
).split(" ");

/** Statements that a schema may have somewhere; what they name may be there or not. */
const statements = [
  "reserved 1 to 3, 7;",
  'reserved "a", "b";',
  "extensions 100 to 200;",
  "option deprecated = true;",
  "option allow_alias = true;",
  "option java_multiple_files = true;",
  'option go_package = "a";',
  "optional int32 maybe = 901;",
  "repeated string texts = 902 [packed = false];",
  "repeated int32 numbers = 903 [packed = true];",
  "int64 large = 904 [jstype = JS_NUMBER, deprecated = true];",
  "map<string, int32> by_name = 905;",
  "oneof choice { int32 first = 906; string second = 907; }",
  "oneof _maybe { int32 third = 908; }",
  "message Inner { Inner inner = 1; }",
  "enum Kind { KIND_NONE = 0; KIND_SOME = 1; }",
  "message A { message B { message C { int32 c = 1; } } A.B.C d = 1; }",
  "message FieldEntry { map<int32, FieldEntry> field = 1; }",
  "google.protobuf.FileDescriptorProto file = 909;",
  'import "google/protobuf/descriptor.proto";',
  'import "google/protobuf/timestamp.proto";',
  'import public "photinus/options.proto";',
  'google.protobuf.Timestamp when = 910 [json_name = "WHEN"];',
  "extend google.protobuf.FieldOptions { string hint = 51234; }",
  "extend google.protobuf.MessageOptions { repeated Inner inners = 51235; }",
  "option (inners) = { inner { } };",
  "service Calls { rpc Call(Inner) returns (Inner); }",
  "group Old = 911 { int32 a = 1; }",
  "optional group Older = 912 { int32 a = 1; }",
  ";",
  "}",
  "{",
];

const tokenPattern =
  /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|[A-Za-z_]\w*|\.?\d[\w.]*|[\s\S]/g;

/** A change of a schema's text, by numbers that say where and what. */
interface Change {
  readonly kind: string;
  readonly at: number;
  readonly with: number;
}

const kinds =
  "name name name number number statement statement statement statement swap swap borrow borrow copy copy nest remove drop".split(
    " ",
  );

/** Words that make a statement what it is: mostly left alone, so that most of what is tried can be read at all. */
const keywords =
  /^(?:syntax|package|import|option|message|enum|service|rpc|returns|oneof|map|reserved|extend)$/;

/** Without a bias, so that all of a text is changed as often as its first lines. */
const index = fc.noBias(fc.nat());

/** One to three changes of a text that keep most of its structure. */
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), at: index, with: index }),
  { minLength: 1, maxLength: 3 },
);

/** A text after some changes. */
export function mutate(text: string, list: readonly Change[]): string {
  let tokens: string[] = text.match(tokenPattern) ?? [];
  for (const change of list) tokens = apply(tokens, change);
  return tokens.join("");
}

function apply(tokens: readonly string[], { kind, at, with: other }: Change): string[] {
  const changed = [...tokens];
  const pick = (of: readonly number[], by: number): number => of[by % Math.max(1, of.length)] ?? 0;
  const where = (pattern: RegExp): number[] => tokens.flatMap((token, i) => (pattern.test(token) ? [i] : []));
  const names = where(/^[A-Za-z_]/).filter((i) => !keywords.test(tokens[i] ?? ""));
  const ends = where(/^[;{}]$/);
  const statement = (by: number): [number, number] => {
    const end = pick(ends, by);
    const before = ends.filter((i) => i < end).at(-1);
    return [before === undefined ? 0 : before + 1, end + 1];
  };
  switch (kind) {
    case "name":
      changed[pick(names, at)] = hostileNames[other % hostileNames.length] ?? "";
      return changed;
    case "borrow":
      changed[pick(names, at)] = tokens[pick(names, other)] ?? "";
      return changed;
    case "number":
      changed[pick(where(/^\.?\d/), at)] = numbers[other % numbers.length] ?? "";
      return changed;
    case "statement":
      changed.splice(pick(ends, at) + 1, 0, ` ${statements[other % statements.length]} `);
      return changed;
    case "swap": {
      const [one, two] = [pick(names, at), pick(names, other)];
      [changed[one], changed[two]] = [tokens[two] ?? "", tokens[one] ?? ""];
      return changed;
    }
    case "copy": {
      const [from, to] = statement(at);
      changed.splice(pick(ends, other) + 1, 0, ...tokens.slice(from, to));
      return changed;
    }
    case "remove": {
      const [from, to] = statement(at);
      changed.splice(from, to - from);
      return changed;
    }
    case "drop":
      changed.splice(at % Math.max(1, tokens.length), 1);
      return changed;
    default: {
      const [from, to] = statement(at);
      const name = hostileNames[other % hostileNames.length];
      changed.splice(from, to - from, ` message ${name} { `, ...tokens.slice(from, to), " } ");
      return changed;
    }
  }
}
