import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Compression, ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { loadVectors } from "./load.ts";

const page = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");
const schema = readFileSync(new URL("../../../schema/photinus/control.proto", import.meta.url), "utf8");

/** Text of a section of the page: from its heading to the next heading of any level. */
function section(number: string): string {
  const [, text = ""] = new RegExp(`^### ${number.replace(".", "\\.")} .*?\\n(.*?)(?=^##)`, "ms").exec(page) ?? [];
  if (text === "") throw new Error(`docs/PROTOCOL.md has no section ${number}`);
  return text;
}

/** Numbers of a table whose rows begin with a number and a name in capitals. */
function numbersIn(text: string): Record<string, number> {
  const rows = [...text.matchAll(/^\| (\d+) \| ([A-Z_]+) \|/gm)];
  return Object.fromEntries(rows.map(([, number, name]) => [name!, Number(number)]));
}

/** Fields of a message in control.proto: "number type name". An enum has the type "enum". */
function fieldsOf(message: string): string[] {
  const [, body = ""] = new RegExp(`^message ${message} \\{\\n(.*?)^\\}`, "ms").exec(schema) ?? [];
  const enums = new Set([...schema.matchAll(/^enum (\w+)/gm)].map(([, name]) => name));
  return [...body.matchAll(/^ {2}(repeated )?(\w+) (\w+) = (\d+);/gm)].map(
    ([, many = "", type, name, number]) => `${number} ${many}${enums.has(type) ? "enum" : type} ${name}`,
  );
}

/** Fields of the first table after the message's name in bold. */
function listedFields(message: string): string[] {
  const [, table = ""] =
    new RegExp(`^\\*\\*${message}\\*\\*.*?\\n(\\| field \\|.*?)\\n\\n`, "ms").exec(page) ?? [];
  return [...table.matchAll(/^\| (\d+) \| ([\w ]+) \| (\w+) \|/gm)].map(
    ([, number, type, name]) => `${number} ${type} ${name}`,
  );
}

describe("docs/PROTOCOL.md", () => {
  test("lists every error code with its number", () => {
    expect(numbersIn(section("3.6"))).toEqual(errorCodes);
  });

  test("lists every refusal of a resume with its number", () => {
    expect(numbersIn(section("3.9"))).toEqual({ ...ResumeRefusal });
  });

  test("lists every compression with its number", () => {
    expect(numbersIn(section("3.11"))).toEqual({ ...Compression });
  });

  test.each([
    ...["Hello", "Welcome", "Cancel", "Kick", "GoAway", "Ack", "NodeChange", "Failure"],
    ...["Authenticate", "Authenticated", "Queued"],
  ])("lists every field of %s with its number and type", (message) => {
    const fields = fieldsOf(message);
    expect(fields).not.toEqual([]);
    expect(listedFields(message)).toEqual(fields);
  });

  test("lists the fields of Ping and Pong in one table", () => {
    expect(fieldsOf("Ping")).toEqual(fieldsOf("Pong").slice(0, 1));
    expect(listedFields("Ping")).toEqual(fieldsOf("Pong"));
  });

  test("shows the kick of a client that is too old as the vectors have it", () => {
    const { hex } = loadVectors<{ name: string; hex: string }>("control.json").find(
      ({ name }) => name === "Kick of a client that is too old",
    )!;
    const [, block = ""] = /```\n(.*?)```/s.exec(section("3.12")) ?? [];
    expect(block.replaceAll(/\s/g, "")).toBe(hex);
  });

  test("lists every file of vectors that a test reads", () => {
    const files = [...page.matchAll(/^\| `(\w+\.json)` \|/gm)].map(([, file]) => file);
    expect(files).toContain("resume.json");
    for (const file of files) {
      const { vectors } = JSON.parse(readFileSync(new URL(file!, import.meta.url), "utf8")) as {
        vectors: unknown[];
      };
      expect(vectors.length, file).toBeGreaterThan(0);
    }
  });
});
