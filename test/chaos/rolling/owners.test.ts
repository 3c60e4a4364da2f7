import { expect, test } from "vitest";
import { readOwners } from "./owners.ts";

/** Lines of handlers, "begin|end pid", and of steps, in the order of their times. */
function told(...events: string[]): string {
  return events
    .map((event, at) => `${at} ${event}${event === "step" ? "" : ` scene-1 1 7 m${at}`}\n`)
    .join("");
}

test("a scene that is handed over from one process to the next has one owner at a time", () => {
  const owners = readOwners(told("begin 1", "begin 1", "end 1", "end 1", "begin 2", "end 2"));
  expect(owners).toMatchObject({ begun: 3, handedOver: 1, problems: [] });
});

test("two processes that run one scene at a time are found", () => {
  const { problems } = readOwners(told("begin 1", "begin 2", "end 1", "end 2"));
  expect(problems).toEqual([
    "scene 7: scene-1 of release 1 (pid 2) began a handler while scene-1 of release 1 (pid 1) ran 1",
  ]);
});

test("a scene goes back to its former process in the next step", () => {
  const { problems } = readOwners(
    told("begin 1", "end 1", "begin 2", "end 2", "step", "begin 1", "end 1", "begin 3", "end 3"),
  );
  expect(problems).toEqual([]);
});

test("a process that runs a scene again after a later one of the same step is found", () => {
  const { problems } = readOwners(told("begin 1", "end 1", "begin 2", "end 2", "begin 1", "end 1"));
  expect(problems).toEqual([
    "scene 7: scene-1 of release 1 (pid 1) ran it again, after scene-1 of release 1 (pid 2) had begun",
  ]);
});

test("a scene that goes to and fro within a later step is found", () => {
  const { problems } = readOwners(
    told("begin 1", "end 1", "step", "begin 2", "end 2", "step", "begin 1", "end 1", "begin 2", "end 2"),
  );
  expect(problems).toEqual([
    "scene 7: scene-1 of release 1 (pid 2) ran it again, after scene-1 of release 1 (pid 1) had begun",
  ]);
});
