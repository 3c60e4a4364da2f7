import { describe, expect, it } from "vitest";
import {
  camelCase,
  pascalCase,
  propertyName,
  safeIdentifier,
  typeName,
  valueName,
} from "../../../../codegen/typescript/naming.ts";

describe("names in generated code", () => {
  it.each([
    ["sign_in", "signIn"],
    ["SignIn", "signIn"],
    ["HTTPGate", "httpGate"],
    ["URL", "url"],
    ["A", "a"],
    ["meadow_id", "meadowId"],
    ["x1_2", "x1_2"],
    ["foo_", "foo_"],
    ["__proto__", "__proto__"],
    ["_leading_one", "_leadingOne"],
  ])("%s in camel case is %s", (name, expected) => {
    expect(camelCase(name)).toBe(expected);
  });

  it.each([
    ["sign_in", "SignIn"],
    ["SignIn", "SignIn"],
    ["other.game", "OtherGame"],
    ["moved", "Moved"],
  ])("%s in Pascal case is %s", (name, expected) => {
    expect(pascalCase(name)).toBe(expected);
  });

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "then", "toJSON"])(
    "the property %s is told from what objects have already",
    (name) => {
      expect(propertyName(name)).toBe(`${name}$`);
    },
  );

  it("a property may be called like a reserved word", () => {
    expect(propertyName("delete")).toBe("delete");
  });

  it.each(["delete", "await", "arguments", "eval", "undefined", "writer", "request", "then"])(
    "a function may not be called %s",
    (name) => {
      expect(valueName(name)).toBe(`${name}$`);
    },
  );

  it("nested names are joined with an underscore", () => {
    expect(typeName({ name: "Entity", parents: ["Scene"] })).toBe("Scene_Entity");
  });

  it.each(["readonly", "keyof", "unique", "infer"])("a type may not be called %s", (name) => {
    expect(typeName({ name, parents: [] })).toBe(`${name}$`);
    expect(typeName({ name, parents: ["A"] })).toBe(`A_${name}`);
  });

  it.each(["Object", "Promise", "Uint8Array", "string"])("a message may not be called %s", (name) => {
    expect(typeName({ name, parents: [] })).toBe(`${name}$`);
    expect(safeIdentifier(name)).toBe(`${name}$`);
  });
});
