// Written by photinus codegen from duel/cards.proto; do not edit.
// The cards, and what the game keeps.

import { columnValue, defineTable, Entity, statementOfRows, type Table } from "photinus/v1";
import { Card, DuelResult, type Outcome, Player, type Spell } from "./cards.messages.ts";

/** What the compiler knows of {@link playerTable}. */
export interface PlayerTable {
  row: Player;
  key: bigint;
  fixed: "id";
  required: never;
  indexes: {
    tokenHash: Uint8Array;
  };
  entity: PlayerEntity;
}

/** A row of the table `player` that keeps account of what is assigned to it. `await row.save()` writes those columns alone. */
export class PlayerEntity extends Entity<Player, bigint> {
  get id(): Player["id"] {
    return this.values.id;
  }

  /** Not unique: players are guests. */
  get name(): Player["name"] {
    return this.values.name;
  }

  set name(value: Player["name"]) {
    this.values.name = value;
    this.mark(1);
  }

  /** SHA-256 of the token that the player comes back with. */
  get tokenHash(): Player["tokenHash"] {
    return this.values.tokenHash;
  }

  set tokenHash(value: Player["tokenHash"]) {
    this.values.tokenHash = value;
    this.mark(2);
  }

  /** Counted from the duels. */
  get wins(): Player["wins"] {
    return this.values.wins;
  }

  set wins(value: Player["wins"]) {
    this.values.wins = value;
    this.mark(3);
  }
}

/** The table `player`, for `node.table(playerTable)`. */
export const playerTable: Table<PlayerTable> = /* @__PURE__ */ defineTable<PlayerTable>({
  name: "player",
  database: "main",
  ttlMs: 3600000,
  durability: "write-behind",
  columns: [
    { property: "id", field: "1", name: "id", kind: "uint64", nullable: false, maxLength: 0 },
    { property: "name", field: "2", name: "name", kind: "string", nullable: false, maxLength: 16 },
    { property: "tokenHash", field: "3", name: "token_hash", kind: "bytes", nullable: false, maxLength: 32 },
    { property: "wins", field: "4", name: "wins", kind: "uint32", nullable: false, maxLength: 0 },
  ],
  key: [0],
  autoIncrement: 0,
  indexes: [
    { name: "token_hash", property: "tokenHash", columns: [2], unique: true },
  ],
  retired: [],
  mysql: {
    create: [
      "CREATE TABLE IF NOT EXISTS `player` (`id` bigint unsigned NOT NULL DEFAULT 0, `name` varchar(16) NOT NULL DEFAULT '', `token_hash` varbinary(32) NOT NULL DEFAULT '', `wins` int unsigned NOT NULL DEFAULT 0, `_version` bigint unsigned NOT NULL DEFAULT 1, PRIMARY KEY (`id`), UNIQUE KEY `token_hash` (`token_hash`)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ],
    types: [
      "bigint unsigned",
      "varchar(16)",
      "varbinary(32)",
      "int unsigned",
    ],
    addColumn: [
      "ALTER TABLE `player` ADD COLUMN `id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `player` ADD COLUMN `name` varchar(16) NOT NULL DEFAULT ''",
      "ALTER TABLE `player` ADD COLUMN `token_hash` varbinary(32) NOT NULL DEFAULT ''",
      "ALTER TABLE `player` ADD COLUMN `wins` int unsigned NOT NULL DEFAULT 0",
    ],
    createIndex: [
      "ALTER TABLE `player` ADD UNIQUE KEY `token_hash` (`token_hash`)",
    ],
    selectOne: "SELECT `_version`, `id`, `name`, `token_hash`, `wins` FROM `player` WHERE `id` = ?",
    selectMany: statementOfRows("SELECT `_version`, `id`, `name`, `token_hash`, `wins` FROM `player` WHERE `id` IN (", "?", ")"),
    selectFirst: "SELECT `_version`, `id`, `name`, `token_hash`, `wins` FROM `player` ORDER BY `player`.`id` LIMIT ?",
    selectNext: "SELECT `_version`, `id`, `name`, `token_hash`, `wins` FROM `player` WHERE `id` > ? ORDER BY `player`.`id` LIMIT ?",
    keysByIndex: [
      "SELECT `id` FROM `player` WHERE `token_hash` = ? ORDER BY `player`.`id`",
    ],
    insertMany: statementOfRows("INSERT INTO `player` (`id`, `name`, `token_hash`, `wins`, `_version`) VALUES ", "(?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows("INSERT INTO `player` (`id`, `name`, `token_hash`, `wins`, `_version`) VALUES ", "(?, ?, ?, ?, ?)", " ON DUPLICATE KEY UPDATE `name` = VALUES(`name`), `token_hash` = VALUES(`token_hash`), `wins` = VALUES(`wins`), `_version` = VALUES(`_version`)"),
    deleteMany: statementOfRows("DELETE FROM `player` WHERE `id` IN (", "?", ")"),
    updateOne: "UPDATE `player` SET `name` = ?, `token_hash` = ?, `wins` = ?, `_version` = ? WHERE `id` = ?",
  },
  sqlite: {
    create: [
      `CREATE TABLE IF NOT EXISTS "player" ("id" integer NOT NULL DEFAULT 0, "name" text NOT NULL DEFAULT '', "token_hash" blob NOT NULL DEFAULT x'', "wins" integer NOT NULL DEFAULT 0, "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("id")) STRICT`,
      `CREATE UNIQUE INDEX IF NOT EXISTS "player.token_hash" ON "player" ("token_hash")`,
    ],
    types: [
      "integer",
      "text",
      "blob",
      "integer",
    ],
    addColumn: [
      `ALTER TABLE "player" ADD COLUMN "id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "player" ADD COLUMN "name" text NOT NULL DEFAULT ''`,
      `ALTER TABLE "player" ADD COLUMN "token_hash" blob NOT NULL DEFAULT x''`,
      `ALTER TABLE "player" ADD COLUMN "wins" integer NOT NULL DEFAULT 0`,
    ],
    createIndex: [
      `CREATE UNIQUE INDEX IF NOT EXISTS "player.token_hash" ON "player" ("token_hash")`,
    ],
    selectOne: `SELECT "_version", "id", "name", "token_hash", "wins" FROM "player" WHERE "id" = ?`,
    selectMany: statementOfRows(`SELECT "_version", "id", "name", "token_hash", "wins" FROM "player" WHERE "id" IN (`, "?", ")"),
    selectFirst: `SELECT "_version", "id", "name", "token_hash", "wins" FROM "player" ORDER BY "player"."id" LIMIT ?`,
    selectNext: `SELECT "_version", "id", "name", "token_hash", "wins" FROM "player" WHERE "id" > ? ORDER BY "player"."id" LIMIT ?`,
    keysByIndex: [
      `SELECT "id" FROM "player" WHERE "token_hash" = ? ORDER BY "player"."id"`,
    ],
    insertMany: statementOfRows(`INSERT INTO "player" ("id", "name", "token_hash", "wins", "_version") VALUES `, "(?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows(`INSERT INTO "player" ("id", "name", "token_hash", "wins", "_version") VALUES `, "(?, ?, ?, ?, ?)", ` ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "token_hash" = excluded."token_hash", "wins" = excluded."wins", "_version" = excluded."_version"`),
    deleteMany: statementOfRows(`DELETE FROM "player" WHERE "id" IN (`, "?", ")"),
  },
  valuesOf(row) {
    return [
      columnValue.uint64("player.id", row.id),
      columnValue.string("player.name", row.name, 16),
      columnValue.bytes("player.tokenHash", row.tokenHash, 32),
      columnValue.uint32("player.wins", row.wins),
    ];
  },
  valueOf(column, value) {
    switch (column) {
      case 0:
        return columnValue.uint64("player.id", value);
      case 1:
        return columnValue.string("player.name", value, 16);
      case 2:
        return columnValue.bytes("player.tokenHash", value, 32);
      case 3:
        return columnValue.uint32("player.wins", value);
      default:
        throw new RangeError("there is no column " + column);
    }
  },
  rowOf(values) {
    return {
      id: values[0] as bigint,
      name: values[1] as string,
      tokenHash: values[2] as Uint8Array,
      wins: values[3] as number,
    };
  },
  keyOf(row) {
    return row.id;
  },
  newRow: (init) => Player.create(init),
  keyValues(key) {
    return [
      columnValue.uint64("player.id", key),
    ];
  },
  keyFrom(values) {
    return values[0] as bigint;
  },
  indexValues(index, value) {
    switch (index) {
      case 0: {
        return [columnValue.bytes("player.tokenHash", value, 32)];
      }
      default:
        throw new RangeError("there is no index " + index);
    }
  },
  entity: PlayerEntity,
});

/** What the compiler knows of {@link cardTable}. */
export interface CardTable {
  row: Card;
  key: { player: bigint; slot: number };
  fixed: "player" | "slot";
  required: "player" | "slot";
  indexes: {
    player: bigint;
  };
  entity: CardEntity;
}

/**
 * A card of a player's deck.
 *
 * A row of the table `card` that keeps account of what is assigned to it. `await row.save()` writes those columns alone.
 */
export class CardEntity extends Entity<Card, { player: bigint; slot: number }> {
  get player(): Card["player"] {
    return this.values.player;
  }

  get slot(): Card["slot"] {
    return this.values.slot;
  }

  get spell(): Card["spell"] {
    return this.values.spell;
  }

  set spell(value: Card["spell"]) {
    this.values.spell = value;
    this.mark(2);
  }
}

/**
 * A card of a player's deck.
 *
 * The table `card`, for `node.table(cardTable)`.
 */
export const cardTable: Table<CardTable> = /* @__PURE__ */ defineTable<CardTable>({
  name: "card",
  database: "main",
  ttlMs: 3600000,
  durability: "write-behind",
  columns: [
    { property: "player", field: "1", name: "player_id", kind: "uint64", nullable: false, maxLength: 0, former: ["player"] },
    { property: "slot", field: "2", name: "slot", kind: "uint32", nullable: false, maxLength: 0 },
    { property: "spell", field: "3", name: "spell", kind: "int32", nullable: false, maxLength: 0 },
  ],
  key: [0, 1],
  autoIncrement: -1,
  indexes: [
    {
      name: "player_id",
      property: "player",
      columns: [0],
      unique: false,
      references: { table: "player", column: "id" },
    },
  ],
  retired: [],
  mysql: {
    create: [
      "CREATE TABLE IF NOT EXISTS `card` (`player_id` bigint unsigned NOT NULL DEFAULT 0, `slot` int unsigned NOT NULL DEFAULT 0, `spell` int NOT NULL DEFAULT 0, `_version` bigint unsigned NOT NULL DEFAULT 1, PRIMARY KEY (`player_id`, `slot`), KEY `player_id` (`player_id`)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ],
    types: [
      "bigint unsigned",
      "int unsigned",
      "int",
    ],
    addColumn: [
      "ALTER TABLE `card` ADD COLUMN `player_id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `card` ADD COLUMN `slot` int unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `card` ADD COLUMN `spell` int NOT NULL DEFAULT 0",
    ],
    createIndex: [
      "ALTER TABLE `card` ADD KEY `player_id` (`player_id`)",
    ],
    selectOne: "SELECT `_version`, `player_id`, `slot`, `spell` FROM `card` WHERE `player_id` = ? AND `slot` = ?",
    selectMany: statementOfRows("SELECT `_version`, `player_id`, `slot`, `spell` FROM `card` WHERE (`player_id`, `slot`) IN (", "(?, ?)", ")"),
    selectFirst: "SELECT `_version`, `player_id`, `slot`, `spell` FROM `card` ORDER BY `card`.`player_id`, `card`.`slot` LIMIT ?",
    selectNext: "SELECT `_version`, `player_id`, `slot`, `spell` FROM `card` WHERE (`player_id`, `slot`) > (?, ?) ORDER BY `card`.`player_id`, `card`.`slot` LIMIT ?",
    keysByIndex: [
      "SELECT `player_id`, `slot` FROM `card` WHERE `player_id` = ? ORDER BY `card`.`player_id`, `card`.`slot`",
    ],
    insertMany: statementOfRows("INSERT INTO `card` (`player_id`, `slot`, `spell`, `_version`) VALUES ", "(?, ?, ?, ?)"),
    upsertMany: statementOfRows("INSERT INTO `card` (`player_id`, `slot`, `spell`, `_version`) VALUES ", "(?, ?, ?, ?)", " ON DUPLICATE KEY UPDATE `spell` = VALUES(`spell`), `_version` = VALUES(`_version`)"),
    deleteMany: statementOfRows("DELETE FROM `card` WHERE (`player_id`, `slot`) IN (", "(?, ?)", ")"),
    updateOne: "UPDATE `card` SET `spell` = ?, `_version` = ? WHERE `player_id` = ? AND `slot` = ?",
  },
  sqlite: {
    create: [
      `CREATE TABLE IF NOT EXISTS "card" ("player_id" integer NOT NULL DEFAULT 0, "slot" integer NOT NULL DEFAULT 0, "spell" integer NOT NULL DEFAULT 0, "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("player_id", "slot")) STRICT, WITHOUT ROWID`,
      `CREATE INDEX IF NOT EXISTS "card.player_id" ON "card" ("player_id")`,
    ],
    types: [
      "integer",
      "integer",
      "integer",
    ],
    addColumn: [
      `ALTER TABLE "card" ADD COLUMN "player_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "card" ADD COLUMN "slot" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "card" ADD COLUMN "spell" integer NOT NULL DEFAULT 0`,
    ],
    createIndex: [
      `CREATE INDEX IF NOT EXISTS "card.player_id" ON "card" ("player_id")`,
    ],
    selectOne: `SELECT "_version", "player_id", "slot", "spell" FROM "card" WHERE "player_id" = ? AND "slot" = ?`,
    selectMany: statementOfRows(`SELECT "_version", "player_id", "slot", "spell" FROM "card" WHERE ("player_id", "slot") IN (VALUES `, "(?, ?)", ")"),
    selectFirst: `SELECT "_version", "player_id", "slot", "spell" FROM "card" ORDER BY "card"."player_id", "card"."slot" LIMIT ?`,
    selectNext: `SELECT "_version", "player_id", "slot", "spell" FROM "card" WHERE ("player_id", "slot") > (?, ?) ORDER BY "card"."player_id", "card"."slot" LIMIT ?`,
    keysByIndex: [
      `SELECT "player_id", "slot" FROM "card" WHERE "player_id" = ? ORDER BY "card"."player_id", "card"."slot"`,
    ],
    insertMany: statementOfRows(`INSERT INTO "card" ("player_id", "slot", "spell", "_version") VALUES `, "(?, ?, ?, ?)"),
    upsertMany: statementOfRows(`INSERT INTO "card" ("player_id", "slot", "spell", "_version") VALUES `, "(?, ?, ?, ?)", ` ON CONFLICT ("player_id", "slot") DO UPDATE SET "spell" = excluded."spell", "_version" = excluded."_version"`),
    deleteMany: statementOfRows(`DELETE FROM "card" WHERE ("player_id", "slot") IN (VALUES `, "(?, ?)", ")"),
  },
  valuesOf(row) {
    return [
      columnValue.uint64("card.player", row.player),
      columnValue.uint32("card.slot", row.slot),
      columnValue.int32("card.spell", row.spell),
    ];
  },
  valueOf(column, value) {
    switch (column) {
      case 0:
        return columnValue.uint64("card.player", value);
      case 1:
        return columnValue.uint32("card.slot", value);
      case 2:
        return columnValue.int32("card.spell", value);
      default:
        throw new RangeError("there is no column " + column);
    }
  },
  rowOf(values) {
    return {
      player: values[0] as bigint,
      slot: values[1] as number,
      spell: values[2] as Spell,
    };
  },
  keyOf(row) {
    return { player: row.player, slot: row.slot };
  },
  newRow: (init) => Card.create(init),
  keyValues(key) {
    return [
      columnValue.uint64("card.player", key.player),
      columnValue.uint32("card.slot", key.slot),
    ];
  },
  keyFrom(values) {
    return {
      player: values[0] as bigint,
      slot: values[1] as number,
    };
  },
  indexValues(index, value) {
    switch (index) {
      case 0: {
        return [columnValue.uint64("card.player", value)];
      }
      default:
        throw new RangeError("there is no index " + index);
    }
  },
  entity: CardEntity,
});

/** What the compiler knows of {@link duelResultTable}. */
export interface DuelResultTable {
  row: DuelResult;
  key: bigint;
  fixed: "id";
  required: never;
  indexes: {
    first: bigint;
    second: bigint;
    outcome: Outcome;
    winner: bigint | undefined;
  };
  entity: DuelResultEntity;
}

/**
 * A duel, from its first turn on: after a restart the game knows which were open.
 *
 * A row of the table `duel_result` that keeps account of what is assigned to it. `await row.save()` writes those columns alone.
 */
export class DuelResultEntity extends Entity<DuelResult, bigint> {
  get id(): DuelResult["id"] {
    return this.values.id;
  }

  get first(): DuelResult["first"] {
    return this.values.first;
  }

  set first(value: DuelResult["first"]) {
    this.values.first = value;
    this.mark(1);
  }

  get second(): DuelResult["second"] {
    return this.values.second;
  }

  set second(value: DuelResult["second"]) {
    this.values.second = value;
    this.mark(2);
  }

  get outcome(): DuelResult["outcome"] {
    return this.values.outcome;
  }

  set outcome(value: DuelResult["outcome"]) {
    this.values.outcome = value;
    this.mark(3);
  }

  /** There when the duel was won. */
  get winner(): DuelResult["winner"] {
    return this.values.winner;
  }

  set winner(value: DuelResult["winner"]) {
    this.values.winner = value;
    this.mark(4);
  }
}

/**
 * A duel, from its first turn on: after a restart the game knows which were open.
 *
 * The table `duel_result`, for `node.table(duelResultTable)`.
 */
export const duelResultTable: Table<DuelResultTable> = /* @__PURE__ */ defineTable<DuelResultTable>({
  name: "duel_result",
  database: "main",
  ttlMs: 3600000,
  durability: "write-behind",
  columns: [
    { property: "id", field: "1", name: "id", kind: "uint64", nullable: false, maxLength: 0 },
    { property: "first", field: "2", name: "first_id", kind: "uint64", nullable: false, maxLength: 0, former: ["first"] },
    { property: "second", field: "3", name: "second_id", kind: "uint64", nullable: false, maxLength: 0, former: ["second"] },
    { property: "outcome", field: "4", name: "outcome", kind: "int32", nullable: false, maxLength: 0 },
    { property: "winner", field: "5", name: "winner_id", kind: "uint64", nullable: true, maxLength: 0, former: ["winner"] },
  ],
  key: [0],
  autoIncrement: 0,
  indexes: [
    {
      name: "first_id",
      property: "first",
      columns: [1],
      unique: false,
      references: { table: "player", column: "id" },
    },
    {
      name: "second_id",
      property: "second",
      columns: [2],
      unique: false,
      references: { table: "player", column: "id" },
    },
    { name: "outcome", property: "outcome", columns: [3], unique: false },
    {
      name: "winner_id",
      property: "winner",
      columns: [4],
      unique: false,
      references: { table: "player", column: "id" },
    },
  ],
  retired: [],
  mysql: {
    create: [
      "CREATE TABLE IF NOT EXISTS `duel_result` (`id` bigint unsigned NOT NULL DEFAULT 0, `first_id` bigint unsigned NOT NULL DEFAULT 0, `second_id` bigint unsigned NOT NULL DEFAULT 0, `outcome` int NOT NULL DEFAULT 0, `winner_id` bigint unsigned NULL, `_version` bigint unsigned NOT NULL DEFAULT 1, PRIMARY KEY (`id`), KEY `first_id` (`first_id`), KEY `second_id` (`second_id`), KEY `outcome` (`outcome`), KEY `winner_id` (`winner_id`)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ],
    types: [
      "bigint unsigned",
      "bigint unsigned",
      "bigint unsigned",
      "int",
      "bigint unsigned",
    ],
    addColumn: [
      "ALTER TABLE `duel_result` ADD COLUMN `id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `duel_result` ADD COLUMN `first_id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `duel_result` ADD COLUMN `second_id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `duel_result` ADD COLUMN `outcome` int NOT NULL DEFAULT 0",
      "ALTER TABLE `duel_result` ADD COLUMN `winner_id` bigint unsigned NULL",
    ],
    createIndex: [
      "ALTER TABLE `duel_result` ADD KEY `first_id` (`first_id`)",
      "ALTER TABLE `duel_result` ADD KEY `second_id` (`second_id`)",
      "ALTER TABLE `duel_result` ADD KEY `outcome` (`outcome`)",
      "ALTER TABLE `duel_result` ADD KEY `winner_id` (`winner_id`)",
    ],
    selectOne: "SELECT `_version`, `id`, `first_id`, `second_id`, `outcome`, `winner_id` FROM `duel_result` WHERE `id` = ?",
    selectMany: statementOfRows("SELECT `_version`, `id`, `first_id`, `second_id`, `outcome`, `winner_id` FROM `duel_result` WHERE `id` IN (", "?", ")"),
    selectFirst: "SELECT `_version`, `id`, `first_id`, `second_id`, `outcome`, `winner_id` FROM `duel_result` ORDER BY `duel_result`.`id` LIMIT ?",
    selectNext: "SELECT `_version`, `id`, `first_id`, `second_id`, `outcome`, `winner_id` FROM `duel_result` WHERE `id` > ? ORDER BY `duel_result`.`id` LIMIT ?",
    keysByIndex: [
      "SELECT `id` FROM `duel_result` WHERE `first_id` = ? ORDER BY `duel_result`.`id`",
      "SELECT `id` FROM `duel_result` WHERE `second_id` = ? ORDER BY `duel_result`.`id`",
      "SELECT `id` FROM `duel_result` WHERE `outcome` = ? ORDER BY `duel_result`.`id`",
      "SELECT `id` FROM `duel_result` WHERE `winner_id` <=> ? ORDER BY `duel_result`.`id`",
    ],
    insertMany: statementOfRows("INSERT INTO `duel_result` (`id`, `first_id`, `second_id`, `outcome`, `winner_id`, `_version`) VALUES ", "(?, ?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows("INSERT INTO `duel_result` (`id`, `first_id`, `second_id`, `outcome`, `winner_id`, `_version`) VALUES ", "(?, ?, ?, ?, ?, ?)", " ON DUPLICATE KEY UPDATE `first_id` = VALUES(`first_id`), `second_id` = VALUES(`second_id`), `outcome` = VALUES(`outcome`), `winner_id` = VALUES(`winner_id`), `_version` = VALUES(`_version`)"),
    deleteMany: statementOfRows("DELETE FROM `duel_result` WHERE `id` IN (", "?", ")"),
    updateOne: "UPDATE `duel_result` SET `first_id` = ?, `second_id` = ?, `outcome` = ?, `winner_id` = ?, `_version` = ? WHERE `id` = ?",
  },
  sqlite: {
    create: [
      `CREATE TABLE IF NOT EXISTS "duel_result" ("id" integer NOT NULL DEFAULT 0, "first_id" integer NOT NULL DEFAULT 0, "second_id" integer NOT NULL DEFAULT 0, "outcome" integer NOT NULL DEFAULT 0, "winner_id" integer NULL, "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("id")) STRICT`,
      `CREATE INDEX IF NOT EXISTS "duel_result.first_id" ON "duel_result" ("first_id")`,
      `CREATE INDEX IF NOT EXISTS "duel_result.second_id" ON "duel_result" ("second_id")`,
      `CREATE INDEX IF NOT EXISTS "duel_result.outcome" ON "duel_result" ("outcome")`,
      `CREATE INDEX IF NOT EXISTS "duel_result.winner_id" ON "duel_result" ("winner_id")`,
    ],
    types: [
      "integer",
      "integer",
      "integer",
      "integer",
      "integer",
    ],
    addColumn: [
      `ALTER TABLE "duel_result" ADD COLUMN "id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "duel_result" ADD COLUMN "first_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "duel_result" ADD COLUMN "second_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "duel_result" ADD COLUMN "outcome" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "duel_result" ADD COLUMN "winner_id" integer NULL`,
    ],
    createIndex: [
      `CREATE INDEX IF NOT EXISTS "duel_result.first_id" ON "duel_result" ("first_id")`,
      `CREATE INDEX IF NOT EXISTS "duel_result.second_id" ON "duel_result" ("second_id")`,
      `CREATE INDEX IF NOT EXISTS "duel_result.outcome" ON "duel_result" ("outcome")`,
      `CREATE INDEX IF NOT EXISTS "duel_result.winner_id" ON "duel_result" ("winner_id")`,
    ],
    selectOne: `SELECT "_version", "id", "first_id", "second_id", "outcome", "winner_id" FROM "duel_result" WHERE "id" = ?`,
    selectMany: statementOfRows(`SELECT "_version", "id", "first_id", "second_id", "outcome", "winner_id" FROM "duel_result" WHERE "id" IN (`, "?", ")"),
    selectFirst: `SELECT "_version", "id", "first_id", "second_id", "outcome", "winner_id" FROM "duel_result" ORDER BY "duel_result"."id" LIMIT ?`,
    selectNext: `SELECT "_version", "id", "first_id", "second_id", "outcome", "winner_id" FROM "duel_result" WHERE "id" > ? ORDER BY "duel_result"."id" LIMIT ?`,
    keysByIndex: [
      `SELECT "id" FROM "duel_result" WHERE "first_id" = ? ORDER BY "duel_result"."id"`,
      `SELECT "id" FROM "duel_result" WHERE "second_id" = ? ORDER BY "duel_result"."id"`,
      `SELECT "id" FROM "duel_result" WHERE "outcome" = ? ORDER BY "duel_result"."id"`,
      `SELECT "id" FROM "duel_result" WHERE "winner_id" IS ? ORDER BY "duel_result"."id"`,
    ],
    insertMany: statementOfRows(`INSERT INTO "duel_result" ("id", "first_id", "second_id", "outcome", "winner_id", "_version") VALUES `, "(?, ?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows(`INSERT INTO "duel_result" ("id", "first_id", "second_id", "outcome", "winner_id", "_version") VALUES `, "(?, ?, ?, ?, ?, ?)", ` ON CONFLICT ("id") DO UPDATE SET "first_id" = excluded."first_id", "second_id" = excluded."second_id", "outcome" = excluded."outcome", "winner_id" = excluded."winner_id", "_version" = excluded."_version"`),
    deleteMany: statementOfRows(`DELETE FROM "duel_result" WHERE "id" IN (`, "?", ")"),
  },
  valuesOf(row) {
    return [
      columnValue.uint64("duel_result.id", row.id),
      columnValue.uint64("duel_result.first", row.first),
      columnValue.uint64("duel_result.second", row.second),
      columnValue.int32("duel_result.outcome", row.outcome),
      row.winner === undefined ? null : columnValue.uint64("duel_result.winner", row.winner),
    ];
  },
  valueOf(column, value) {
    switch (column) {
      case 0:
        return columnValue.uint64("duel_result.id", value);
      case 1:
        return columnValue.uint64("duel_result.first", value);
      case 2:
        return columnValue.uint64("duel_result.second", value);
      case 3:
        return columnValue.int32("duel_result.outcome", value);
      case 4:
        return value === undefined ? null : columnValue.uint64("duel_result.winner", value);
      default:
        throw new RangeError("there is no column " + column);
    }
  },
  rowOf(values) {
    return {
      id: values[0] as bigint,
      first: values[1] as bigint,
      second: values[2] as bigint,
      outcome: values[3] as Outcome,
      winner: values[4] === null ? undefined : values[4] as bigint,
    };
  },
  keyOf(row) {
    return row.id;
  },
  newRow: (init) => DuelResult.create(init),
  keyValues(key) {
    return [
      columnValue.uint64("duel_result.id", key),
    ];
  },
  keyFrom(values) {
    return values[0] as bigint;
  },
  indexValues(index, value) {
    switch (index) {
      case 0: {
        return [columnValue.uint64("duel_result.first", value)];
      }
      case 1: {
        return [columnValue.uint64("duel_result.second", value)];
      }
      case 2: {
        return [columnValue.int32("duel_result.outcome", value)];
      }
      case 3: {
        return [value === undefined ? null : columnValue.uint64("duel_result.winner", value)];
      }
      default:
        throw new RangeError("there is no index " + index);
    }
  },
  entity: DuelResultEntity,
});
