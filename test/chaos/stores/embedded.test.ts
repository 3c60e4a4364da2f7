import { describe } from "vitest";
import { crashRounds } from "./rounds.ts";
import { embeddedStage } from "./stage/embedded.ts";

describe("embedded store: kill -9 of writers, again and again", () => {
  crashRounds(embeddedStage);
});
