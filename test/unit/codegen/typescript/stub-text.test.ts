import { describe, expect, it } from "vitest";
import { type ServiceStub, serviceStub } from "../../../../codegen/typescript/stub/handlers.ts";
import { newStub, stubInto } from "../../../../codegen/typescript/stub/stub-text.ts";
import fc from "../../../setup/random.ts";
import { modelOf } from "../load/schemas.ts";

const chat: ServiceStub = {
  value: "chat",
  module: "game/chat.service.ts",
  handlers: [
    { property: "say", call: "Chat.Say", heavy: false },
    { property: "leave", call: "Chat.Leave", heavy: false },
    { property: "search", call: "Chat.Search", heavy: true },
  ],
};
const generated = "../generated/server/game/chat.service.ts";

function into(text: string, service: ServiceStub = chat) {
  return stubInto(text, "chat.ts", service, generated);
}

const saying = [
  "  say(_request, _ctx) {",
  '    throw fail("UNIMPLEMENTED", "Chat.Say is not implemented");',
  "  },",
].join("\n");
const leaving = saying.replaceAll("say", "leave").replaceAll("Say", "Leave");
const searching = '  search: heavy(new URL("./search.ts", import.meta.url)),';
const imports = `import { fail, heavy } from "photinus";\nimport * as chat from "${generated}";\n`;

describe("a new file", () => {
  it("implements the whole service", () => {
    expect(newStub(chat, generated)).toEqual({
      text: `${imports}\nexport default chat.implement({\n${saying}\n\n${leaving}\n\n${searching}\n});\n`,
      added: ["say", "leave", "search"],
    });
  });

  it("lacks nothing afterwards", () => {
    const { text } = newStub(chat, generated);
    expect(into(text)).toEqual({ text, added: [] });
  });
});

describe("missing handlers", () => {
  it("are put into an empty object, with what they import", () => {
    expect(into("export default chat.implement({});\n").text).toBe(
      `${imports}\nexport default chat.implement({\n${saying}\n\n${leaving}\n\n${searching}\n});\n`,
    );
  });

  it("come behind those that are there, with a comma where one is missing", () => {
    const text = `${imports}\nchat.implement({\n  leave() {}\n});\n`;
    expect(into(text).text).toBe(
      `${imports}\nchat.implement({\n  leave() {},\n\n${saying}\n\n${searching}\n});\n`,
    );
  });

  it("come behind a comment on the last handler's line, indented as it is", () => {
    const text = `${imports}\n\tchat.implement({\n\t\tleave() {}, // soon\n\t\tsearch,\t/* too */\n\t\t// last words\n\t})\n`;
    const deeper = "\t\tsay(_request, _ctx) {\n\t\t  throw fail";
    const result = into(text).text;
    expect(result).toContain(`\t\tsearch,\t/* too */\n\n${deeper}`);
    expect(result).toContain("\t\t},\n\t\t// last words\n\t})\n");
  });

  it("come into an object on one line", () => {
    const text = `${imports}chat.implement({ say, leave });\n`;
    expect(into(text).text).toBe(`${imports}chat.implement({ say, leave,\n\n${searching}\n });\n`);
  });

  it("come with the line breaks that the file has", () => {
    const text = newStub(chat, generated).text.replace(leaving, "").replaceAll("\n", "\r\n");
    const result = into(text).text;
    expect(result).toContain("leave(_request, _ctx) {\r\n");
    expect(result.replaceAll("\r\n", "")).not.toContain("\n");
  });

  it("leave a byte order mark where it is", () => {
    const result = into("\uFEFFchat.implement({});\n").text;
    expect(result.startsWith("\uFEFFimport")).toBe(true);
    expect(result.indexOf("\uFEFF", 1)).toBe(-1);
  });

  it("are known by quoted names, shorthand, functions and methods", () => {
    const text = "chat.implement({ 'say': f, leave, async search() {} });";
    expect(into(text).added).toEqual([]);
  });

  it("extend the import that is there, and do not import twice", () => {
    const text = `import { defineNode } from "photinus";\nimport { chat } from "./x.ts";\nchat.implement({ search });\n`;
    const result = into(text).text;
    expect(result).toContain('import { defineNode, fail } from "photinus";\n');
    expect(result.match(/import/g)).toHaveLength(2);
  });

  it("do not extend an import of types", () => {
    const text = `import type { Logger } from "photinus";\nchat.implement({ search });\n`;
    expect(into(text).text).toContain(
      `import type { Logger } from "photinus";\nimport { fail } from "photinus";\nimport * as chat from`,
    );
  });

  it("are found under the name that the file gives to the service's module", () => {
    const text = `import * as talk from "${generated.replace(".ts", ".js")}";\ntalk.implement({ say, leave });\n`;
    expect(into(text).text).toBe(
      'import * as talk from "../generated/server/game/chat.service.js";\nimport { heavy } from "photinus";\n' +
        `talk.implement({ say, leave,\n\n${searching}\n });\n`,
    );
  });

  it("are found in a service of a namespace import", () => {
    expect(into("import * as game from './x.ts';\ngame.chat.implement({});").added).toHaveLength(3);
  });

  it("change nothing else, byte for byte", () => {
    const strange = fc.constantFrom(
      "  ",
      "\t",
      ";;",
      "\n\n\n",
      "/* x */",
      "// y\n",
      "const  z=1 ;\n",
      '"ü€";\n',
    );
    const handler = fc.constantFrom(
      "say( a,b ){  }",
      "leave : f",
      "search:g",
      "'say' :f",
      "async leave ( ) { }",
    );
    const object = fc.tuple(
      fc.uniqueArray(handler, {
        selector: (text) => /\w+/.exec(text.replace("async ", ""))?.[0],
        maxLength: 3,
      }),
      fc.constantFrom("", " ", "\n", "\n  "),
      fc.boolean(),
    );
    fc.assert(
      fc.property(strange, object, strange, (before, [handlers, space, comma], after) => {
        const members = handlers.join(`,${space}`) + (comma && handlers.length > 0 ? "," : "");
        const text = `${before}\nexport default chat . implement ({${space}${members}${space}})\n${after}`;
        const result = into(text);
        expect(result.added.length + handlers.length).toBe(3);
        expect(isSubsequence(text, result.text)).toBe(true);
        expect(into(result.text)).toEqual({ text: result.text, added: [] });
      }),
      { numRuns: 60 },
    );
  });
});

describe("a file that cannot be added to is refused, and why", () => {
  it.each([
    ["without the service", "other.implement({});", /has no chat\.implement/],
    [
      "with the module of another service under that name",
      'import * as chat from "./other/chat.service.ts"; chat.implement({});',
      /imports the module of another service as chat/,
    ],
    ["with the service twice", "chat.implement({});\nchat.implement({});", /at lines 1 and 2/],
    ["with handlers from elsewhere", "chat.implement(handlers);", /chat\.ts:1: .* is not an object literal/],
    ["with handlers spread in", "\nchat.implement({ ...rest });", /chat\.ts:2: .* include \.\.\.rest/],
    ["that is not TypeScript", "chat.implement({ say() { });", /chat\.ts:1: /],
  ])("%s", (_what, text, reason) => {
    expect(() => into(text)).toThrow(reason);
  });
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const unit of whole) if (part.startsWith(unit, at)) at += unit.length;
  return at === part.length;
}

describe("a service with the name of a function that handlers call", () => {
  it.each(["Fail", "Heavy"])("%s is imported under another name than the function", async (name) => {
    const schema = await modelOf({
      "e.proto":
        `syntax = "proto3"; package e; import "photinus/options.proto"; message A { } service ${name} { ` +
        'option (photinus.service) = { role: "desk" }; ' +
        "rpc Go(A) returns (A) { option (photinus.command) = { id: 1 }; } }",
    });
    const [service] = schema.files.flatMap(({ services }) => services);
    if (service === undefined) throw new Error("no service");
    const stub = serviceStub(service);
    const local = `${name.toLowerCase()}Service`;
    const { text } = newStub(stub, "./gen.ts");
    expect(text).toMatch(
      new RegExp(`^import \\{ fail \\} from "photinus";\nimport \\* as ${local} from "./gen.ts";\n`),
    );
    expect(text).toContain(`export default ${local}.implement({`);
    expect(stubInto(text, "f.ts", stub, "./gen.ts").added).toEqual([]);
    const clash = `import * as ${name.toLowerCase()} from "./gen.ts";\n${name.toLowerCase()}.implement({});\n`;
    expect(() => stubInto(clash, "f.ts", stub, "./gen.ts")).toThrow(`import it as ${local}`);
  });
});
