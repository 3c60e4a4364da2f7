import { expect, it } from "vitest";
import { mayCompress } from "../../../../codegen/typescript/compressible.ts";
import { SchemaIndex } from "../../../../codegen/typescript/emit-context.ts";
import { modelOfText, serviceOf } from "../load/schemas.ts";

const schema = await modelOfText(`
  message Plain { string name = 1 [(photinus.data) = PERSONAL]; map<string, Tree> trees = 2; }
  message Tree { repeated Tree branches = 1; }
  message Token { string token = 1 [(photinus.data) = SECRET]; }
  message Nested { Plain plain = 1; repeated Middle middle = 2; }
  message Middle { oneof what { Token token = 1; Tree tree = 2; } }
  message Mapped { map<uint32, Token> tokens = 1; }
  message Ring { Ring ring = 1; Token token = 2; }
  service S {
    option (photinus.service) = { role: "s" };
    rpc Plain(.test.Plain) returns (photinus.Raw) { option (photinus.command) = { id: 1 }; }
    rpc Token(.test.Token) returns (.test.Tree) { option (photinus.command) = { id: 2 }; }
    rpc Nested(.test.Tree) returns (.test.Nested) { option (photinus.command) = { id: 3 }; }
    rpc Mapped(.test.Mapped) returns (photinus.None) { option (photinus.command) = { id: 4 }; }
    rpc Ring(.test.Ring) returns (photinus.None) { option (photinus.command) = { id: 5 }; }
    rpc Never(.test.Plain) returns (.test.Plain) {
      option (photinus.command) = { id: 6, compress: NEVER };
    }
    rpc Pushed(.test.Plain) returns (photinus.Push) { option (photinus.push) = { id: 7 }; }
    rpc PushedNever(.test.Plain) returns (photinus.Push) {
      option (photinus.push) = { id: 8, compress: NEVER };
    }
    rpc PushedToken(.test.Nested) returns (photinus.Push) { option (photinus.push) = { id: 9 }; }
  }`);
const index = new SchemaIndex(schema);
const { commands, pushes } = serviceOf(schema, "test.S");

it("a body may be compressed unless the schema forbids it, or its message has a secret at any depth", () => {
  const sides = commands.map((command) => [
    command.name,
    mayCompress(command, command.request, index),
    mayCompress(command, command.reply, index),
  ]);
  expect(sides).toEqual([
    ["Plain", true, true],
    ["Token", false, true],
    ["Nested", true, false],
    ["Mapped", false, false],
    ["Ring", false, false],
    ["Never", false, false],
  ]);
  expect(pushes.map((push) => [push.name, mayCompress(push, push.body, index)])).toEqual([
    ["Pushed", true],
    ["PushedNever", false],
    ["PushedToken", false],
  ]);
});
