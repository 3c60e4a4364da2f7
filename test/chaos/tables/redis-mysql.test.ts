import { describe } from "vitest";
import { cachedFixture, frozenFixture } from "./fixture/redis-mysql.ts";
import { crashRounds } from "./rounds.ts";

describe("Redis before MySQL: kill -9 of a writer, the journal's owner, MariaDB and Redis, in turn", () => {
  crashRounds(cachedFixture);
});

describe("Redis before MySQL: a writer, the journal's owner, MariaDB and Redis frozen for longer than every limit", () => {
  crashRounds(() => frozenFixture(), 1);
});

describe("Redis before MySQL, write-through: a writer, MariaDB and Redis frozen for longer than every limit", () => {
  crashRounds(() => frozenFixture("write-through"), 1);
});
