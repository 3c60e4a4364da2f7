import { describe, expect, it } from "vitest";
import {
  commandFunction,
  listenerFunction,
  methodFunction,
  pushFunction,
  servicePath,
} from "../../../../codegen/typescript/service-names.ts";

describe("the module of a service", () => {
  it.each([
    ["meadow.MeadowDesk", "meadow/meadow-desk.service.ts"],
    ["my_game.v1.HTTPGate", "my_game/v1/http-gate.service.ts"],
    ["Hall2", "hall2.service.ts"],
    ["a.sign_in", "a/sign-in.service.ts"],
    ["a.MyHTTPServer", "a/my-http-server.service.ts"],
    ["a.V2Desk", "a/v2-desk.service.ts"],
    ["a._Desk_1", "a/_desk-1.service.ts"],
  ])("of %s is %s", (fullName, path) => {
    expect(servicePath({ fullName, name: fullName.split(".").at(-1) ?? "" })).toBe(path);
  });
});

describe("functions", () => {
  it.each([
    ["SignIn", "signIn"],
    ["on", "on"],
    ["Once", "once"],
    ["OnMoved", "onMoved$"],
    ["on_2", "on_2$"],
    ["Delete", "delete$"],
    ["Implement", "implement"],
    ["PushMoved", "pushMoved"],
  ])("of the client: the command %s is %s", (name, called) => {
    expect(commandFunction(name)).toBe(called);
  });

  it.each([
    ["Profile", "profile"],
    ["Implement", "implement$"],
    ["Push", "push"],
    ["Pushed", "pushed"],
    ["PushMoved", "pushMoved$"],
    ["OnMoved", "onMoved"],
    ["Require", "require$"],
  ])("of the server: the method %s is %s", (name, called) => {
    expect(methodFunction(name)).toBe(called);
  });

  it("of pushes carry what they do", () => {
    expect([listenerFunction("Moved"), pushFunction("moved_on")]).toEqual(["onMoved", "pushMovedOn"]);
  });
});
