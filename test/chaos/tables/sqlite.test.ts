import { describe } from "vitest";
import { embeddedFixture, frozenFixture } from "./fixture/sqlite.ts";
import { crashRounds } from "./rounds.ts";

describe("embedded store: kill -9 of writers, again and again", () => {
  crashRounds(embeddedFixture);
});

describe("embedded store: writers frozen for longer than the others wait", () => {
  crashRounds(frozenFixture, 1);
});
