import { expect, test } from "vitest";
import { PushHub } from "../../../runtime/node/gates/push-hub.ts";
import { Small } from "../../conformance/codec/fixtures/kinds.messages.ts";

test("a push whose message has a wrong value is refused with the push's name and the field's path", () => {
  const push = { id: 7, name: "kinds.Kinds.Changed", body: Small };
  const hub = new PushHub([]);
  const wrong = { number: 1.5, text: "" };
  expect(() => hub.target({ kind: "everyone" }).push(push, wrong)).toThrow(
    "INVALID_ARGUMENT: push kinds.Kinds.Changed: kinds.Small.number: expected int32, found a fraction",
  );
  hub.target({ kind: "everyone" }).push(push, { number: 1, text: "" });
});
