import { describe } from "vitest";
import { crashRounds } from "./rounds.ts";
import { cachedStage } from "./stage/cached.ts";

describe("Redis before MySQL: kill -9 of a writer, the journal's owner, MariaDB and Redis, in turn", () => {
  crashRounds(cachedStage);
});
