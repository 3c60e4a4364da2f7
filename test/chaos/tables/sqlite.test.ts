import { describe } from "vitest";
import { embeddedStage, frozenStage } from "./fixture/sqlite.ts";
import { crashRounds } from "./rounds.ts";

describe("embedded store: kill -9 of writers, again and again", () => {
  crashRounds(embeddedStage);
});

describe("embedded store: writers frozen for longer than the others wait", () => {
  crashRounds(frozenStage, 1);
});
