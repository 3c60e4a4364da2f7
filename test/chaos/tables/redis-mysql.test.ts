import { describe } from "vitest";
import { cachedStage, frozenStage } from "./fixture/redis-mysql.ts";
import { crashRounds } from "./rounds.ts";

describe("Redis before MySQL: kill -9 of a writer, the journal's owner, MariaDB and Redis, in turn", () => {
  crashRounds(cachedStage);
});

describe("Redis before MySQL: a writer, the journal's owner, MariaDB and Redis frozen for longer than every limit", () => {
  crashRounds(() => frozenStage(), 1);
});

describe("Redis before MySQL, write-through: a writer, MariaDB and Redis frozen for longer than every limit", () => {
  crashRounds(() => frozenStage("write-through"), 1);
});
