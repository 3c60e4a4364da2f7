import { describe } from "vitest";
import { crashRounds } from "./rounds.ts";
import { embeddedStage, frozenStage } from "./stage/embedded.ts";

describe("embedded store: kill -9 of writers, again and again", () => {
  crashRounds(embeddedStage);
});

describe("embedded store: writers frozen for longer than the others wait", () => {
  crashRounds(frozenStage, 1);
});
