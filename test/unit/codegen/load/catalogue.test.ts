import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue, warnings } from "../../../../codegen/load/catalogue.ts";
import { formatDiagnostic, Report } from "../../../../codegen/load/diagnostic.ts";

describe("the catalogue of diagnostics", () => {
  it("is explained in docs/SCHEMA.md, code by code and title by title", () => {
    const text = readFileSync(new URL("../../../../docs/SCHEMA.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| (PH\d{3}) \| ([^|]+?) \| [^|]{10,} \|$/gm)];
    expect(rows.map(([, code, title]) => [code, title])).toEqual(Object.entries(catalogue));
  });

  it("has codes of one form, in order", () => {
    const codes = Object.keys(catalogue);
    expect(codes.length).toBeGreaterThan(40);
    expect(codes.every((code) => /^PH\d{3}$/.test(code))).toBe(true);
    expect([...codes].sort()).toEqual(codes);
    expect([...warnings].every((code) => codes.includes(code))).toBe(true);
  });
});

describe("a report", () => {
  it("sorts by place, says a thing once, and knows errors from warnings", () => {
    const report = new Report();
    report.add("PH079", "b.proto", { line: 1, column: 1 }, "warned", "help");
    expect(report.hasErrors).toBe(false);
    report.add("PH004", "a.proto", { line: 10, column: 2 }, "later", "help");
    report.add("PH004", "a.proto", { line: 9, column: 5 }, "sooner", "help");
    report.add("PH004", "a.proto", { line: 9, column: 5 }, "sooner", "help");
    expect(report.hasErrors).toBe(true);
    expect(report.sorted().map(({ message }) => message)).toEqual(["sooner", "later", "warned"]);
  });

  it("is printed with the path that the user knows", () => {
    const report = new Report();
    report.add("PH044", "meadow/meadow.proto", { line: 12, column: 5 }, "what is wrong", "what is right");
    const [diagnostic] = report.sorted();
    expect(diagnostic && formatDiagnostic(diagnostic, "schema/")).toBe(
      "schema/meadow/meadow.proto:12:5 error PH044: what is wrong\n  help: what is right",
    );
    expect(diagnostic && formatDiagnostic(diagnostic)).toMatch(/^meadow\/meadow\.proto:12:5 /);
  });

  it("is printed with both places as paths that can be opened, where it is about two", () => {
    const report = new Report();
    const other = { file: "chat/chat.proto", line: 3, column: 7 };
    report.add("PH044", "meadow/meadow.proto", { line: 12, column: 5 }, "used by Say", "help", other);
    const [diagnostic] = report.sorted();
    expect(diagnostic && formatDiagnostic(diagnostic, "schema")).toBe(
      "schema/meadow/meadow.proto:12:5 error PH044: used by Say (schema/chat/chat.proto:3:7)\n  help: help",
    );
  });

  it("tells what concerns one subject once", () => {
    const report = new Report();
    for (const line of [3, 4]) report.addOnce("a needs b", "PH005", "a.proto", { line, column: 1 }, "m", "h");
    expect(report.sorted()).toMatchObject([{ location: { line: 3 } }]);
  });
});
