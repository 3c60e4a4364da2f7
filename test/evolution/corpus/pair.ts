/** A schema before and after a change, with all changes that the gate must find. */
export interface Pair {
  /** Name of the change, unique in the corpus. */
  readonly name: string;
  /** Schema before the change: texts by path. */
  readonly before: Readonly<Record<string, string>>;
  /** Schema after the change: texts by path. */
  readonly after: Readonly<Record<string, string>>;
  /**
   * Every change, sorted, as "rule CLASS CLASS | who is hurt, who is hurt": "route-changed R M | old node, stored rows". The part
   * after the bar is absent when nobody is hurt.
   */
  readonly expected: readonly string[];
  /** Error codes of both sides, where they differ. */
  readonly errors?: {
    readonly before: Readonly<Record<string, number>>;
    readonly after: Readonly<Record<string, number>>;
  };
  /** Full names of calls that `photinus rename` renamed, former to present. */
  readonly renamedCalls?: Readonly<Record<string, string>>;
  /** Full names of messages and enums that `photinus rename` renamed, former to present. */
  readonly renamedTypes?: Readonly<Record<string, string>>;
}

/** Beginning of every schema of the corpus. */
export const head = 'syntax = "proto3";\npackage e;\nimport "photinus/options.proto";\n\n';

/** Makes a pair of two texts of one file. */
export function pair(
  name: string,
  before: string,
  after: string,
  expected: readonly string[],
  more: Pick<Pair, "errors" | "renamedCalls" | "renamedTypes"> = {},
): Pair {
  if (before === after && more.errors === undefined) throw new Error(`the pair "${name}" changes nothing`);
  return { name, before: { "e.proto": before }, after: { "e.proto": after }, expected, ...more };
}

/** Options of {@link doors}. */
export interface DoorsOptions {
  /** Options of the service. Default: the role "house". */
  readonly service?: string;
  /** Further declarations. Default none. */
  readonly more?: string;
}

/** Schema of a service Doors with these rpcs, and the messages Ask and Got. */
export function doors(rpcs: string, { service = 'role: "house"', more = "" }: DoorsOptions = {}): string {
  return `${head}service Doors {
  option (photinus.service) = { ${service} };
${indented(rpcs)}
}
message Ask {
  uint32 door = 1;
  uint32 room = 2;
}
message Got {
  uint32 count = 1;
}
${more}`;
}

/** Rpc Open, a request with the id 1 and these further options. */
export function open(options: string): string {
  return `rpc Open(Ask) returns (Got) {\n  option (photinus.command) = { id: 1 ${options} };\n}`;
}

/** Rpc Moved, a push with the id 9 and these further options. */
export function moved(options: string): string {
  return `rpc Moved(Ask) returns (photinus.Push) {\n  option (photinus.push) = { id: 9 ${options} };\n}`;
}

/** Schema in which clients send a message M with this body, and further declarations. */
export function sent(body: string, more = ""): string {
  return carried("rpc Put(M) returns (Ok) {\n  option (photinus.command) = { id: 1 };\n}", body, more);
}

/** Schema in which clients get a message M with this body, and further declarations. */
export function got(body: string, more = ""): string {
  return carried("rpc Take(Ok) returns (M) {\n  option (photinus.command) = { id: 1 };\n}", body, more);
}

/** Schema in which nodes pass a message M with this body to each other, and further declarations. */
export function passed(body: string, more = ""): string {
  return `${head}service Desk {
  option (photinus.service) = { role: "desk" audience: NODES };
  rpc Pass(M) returns (photinus.None);
}
message M {
${indented(body)}
}
${more}`;
}

/** Schema with a table of this body beside its key, and further declarations. */
export function stored(body: string, table = 'name: "row"', more = ""): string {
  return `${head}message Row {
  option (photinus.table) = { ${table} };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
${indented(body)}
}
${more}`;
}

function carried(rpc: string, body: string, more: string): string {
  return `${head}service Box {
  option (photinus.service) = { role: "box" };
${indented(rpc)}
}
message Ok {}
message M {
${indented(body)}
}
${more}`;
}

function indented(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => `  ${line}`)
    .join("\n");
}
