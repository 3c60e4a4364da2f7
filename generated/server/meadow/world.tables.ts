// Written by photinus codegen from meadow/world.proto; do not edit.
// Tables of the game.

import { columnValue, defineTable, Entity, statementOfRows, type Table } from "photinus/v1";
import { HighScore, KnownFirefly, Player } from "./world.messages.ts";

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

/**
 * Somebody who has signed in once.
 *
 * A row of the table `player` that keeps account of what is assigned to it. `await row.save()` writes those columns alone.
 */
export class PlayerEntity extends Entity<Player, bigint> {
  get id(): Player["id"] {
    return this.values.id;
  }

  /** Not unique: fireflies may share a name. */
  get name(): Player["name"] {
    return this.values.name;
  }

  set name(value: Player["name"]) {
    this.values.name = value;
    this.mark(1);
  }

  get hue(): Player["hue"] {
    return this.values.hue;
  }

  set hue(value: Player["hue"]) {
    this.values.hue = value;
    this.mark(2);
  }

  /** SHA-256 of the token that the player comes back with. */
  get tokenHash(): Player["tokenHash"] {
    return this.values.tokenHash;
  }

  set tokenHash(value: Player["tokenHash"]) {
    this.values.tokenHash = value;
    this.mark(3);
  }
}

/**
 * Somebody who has signed in once.
 *
 * The table `player`, for `node.table(playerTable)`.
 */
export const playerTable: Table<PlayerTable> = /* @__PURE__ */ defineTable<PlayerTable>({
  name: "player",
  database: "main",
  ttlMs: 3600000,
  durability: "write-behind",
  columns: [
    { property: "id", field: "1", name: "id", kind: "uint64", nullable: false, maxLength: 0 },
    { property: "name", field: "2", name: "name", kind: "string", nullable: false, maxLength: 16 },
    { property: "hue", field: "3", name: "hue", kind: "uint32", nullable: false, maxLength: 0 },
    { property: "tokenHash", field: "4", name: "token_hash", kind: "bytes", nullable: false, maxLength: 32 },
  ],
  key: [0],
  autoIncrement: 0,
  indexes: [
    { name: "token_hash", property: "tokenHash", columns: [3], unique: true },
  ],
  retired: [],
  mysql: {
    create: [
      "CREATE TABLE IF NOT EXISTS `player` (`id` bigint unsigned NOT NULL DEFAULT 0, `name` varchar(16) NOT NULL DEFAULT '', `hue` int unsigned NOT NULL DEFAULT 0, `token_hash` varbinary(32) NOT NULL DEFAULT '', `_version` bigint unsigned NOT NULL DEFAULT 1, PRIMARY KEY (`id`), UNIQUE KEY `token_hash` (`token_hash`)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ],
    types: [
      "bigint unsigned",
      "varchar(16)",
      "int unsigned",
      "varbinary(32)",
    ],
    addColumn: [
      "ALTER TABLE `player` ADD COLUMN `id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `player` ADD COLUMN `name` varchar(16) NOT NULL DEFAULT ''",
      "ALTER TABLE `player` ADD COLUMN `hue` int unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `player` ADD COLUMN `token_hash` varbinary(32) NOT NULL DEFAULT ''",
    ],
    createIndex: [
      "ALTER TABLE `player` ADD UNIQUE KEY `token_hash` (`token_hash`)",
    ],
    selectOne: "SELECT `_version`, `id`, `name`, `hue`, `token_hash` FROM `player` WHERE `id` = ?",
    selectMany: statementOfRows("SELECT `_version`, `id`, `name`, `hue`, `token_hash` FROM `player` WHERE `id` IN (", "?", ")"),
    selectFirst: "SELECT `_version`, `id`, `name`, `hue`, `token_hash` FROM `player` ORDER BY `player`.`id` LIMIT ?",
    selectNext: "SELECT `_version`, `id`, `name`, `hue`, `token_hash` FROM `player` WHERE `id` > ? ORDER BY `player`.`id` LIMIT ?",
    keysByIndex: [
      "SELECT `id` FROM `player` WHERE `token_hash` = ? ORDER BY `player`.`id`",
    ],
    insertMany: statementOfRows("INSERT INTO `player` (`id`, `name`, `hue`, `token_hash`, `_version`) VALUES ", "(?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows("INSERT INTO `player` (`id`, `name`, `hue`, `token_hash`, `_version`) VALUES ", "(?, ?, ?, ?, ?)", " ON DUPLICATE KEY UPDATE `name` = VALUES(`name`), `hue` = VALUES(`hue`), `token_hash` = VALUES(`token_hash`), `_version` = VALUES(`_version`)"),
    deleteMany: statementOfRows("DELETE FROM `player` WHERE `id` IN (", "?", ")"),
    updateOne: "UPDATE `player` SET `name` = ?, `hue` = ?, `token_hash` = ?, `_version` = ? WHERE `id` = ?",
  },
  sqlite: {
    create: [
      `CREATE TABLE IF NOT EXISTS "player" ("id" integer NOT NULL DEFAULT 0, "name" text NOT NULL DEFAULT '', "hue" integer NOT NULL DEFAULT 0, "token_hash" blob NOT NULL DEFAULT x'', "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("id")) STRICT`,
      `CREATE UNIQUE INDEX IF NOT EXISTS "player.token_hash" ON "player" ("token_hash")`,
    ],
    types: [
      "integer",
      "text",
      "integer",
      "blob",
    ],
    addColumn: [
      `ALTER TABLE "player" ADD COLUMN "id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "player" ADD COLUMN "name" text NOT NULL DEFAULT ''`,
      `ALTER TABLE "player" ADD COLUMN "hue" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "player" ADD COLUMN "token_hash" blob NOT NULL DEFAULT x''`,
    ],
    createIndex: [
      `CREATE UNIQUE INDEX IF NOT EXISTS "player.token_hash" ON "player" ("token_hash")`,
    ],
    selectOne: `SELECT "_version", "id", "name", "hue", "token_hash" FROM "player" WHERE "id" = ?`,
    selectMany: statementOfRows(`SELECT "_version", "id", "name", "hue", "token_hash" FROM "player" WHERE "id" IN (`, "?", ")"),
    selectFirst: `SELECT "_version", "id", "name", "hue", "token_hash" FROM "player" ORDER BY "player"."id" LIMIT ?`,
    selectNext: `SELECT "_version", "id", "name", "hue", "token_hash" FROM "player" WHERE "id" > ? ORDER BY "player"."id" LIMIT ?`,
    keysByIndex: [
      `SELECT "id" FROM "player" WHERE "token_hash" = ? ORDER BY "player"."id"`,
    ],
    insertMany: statementOfRows(`INSERT INTO "player" ("id", "name", "hue", "token_hash", "_version") VALUES `, "(?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows(`INSERT INTO "player" ("id", "name", "hue", "token_hash", "_version") VALUES `, "(?, ?, ?, ?, ?)", ` ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "hue" = excluded."hue", "token_hash" = excluded."token_hash", "_version" = excluded."_version"`),
    deleteMany: statementOfRows(`DELETE FROM "player" WHERE "id" IN (`, "?", ")"),
  },
  valuesOf(row) {
    return [
      columnValue.uint64("player.id", row.id),
      columnValue.string("player.name", row.name, 16),
      columnValue.uint32("player.hue", row.hue),
      columnValue.bytes("player.tokenHash", row.tokenHash, 32),
    ];
  },
  valueOf(column, value) {
    switch (column) {
      case 0:
        return columnValue.uint64("player.id", value);
      case 1:
        return columnValue.string("player.name", value, 16);
      case 2:
        return columnValue.uint32("player.hue", value);
      case 3:
        return columnValue.bytes("player.tokenHash", value, 32);
      default:
        throw new RangeError("there is no column " + column);
    }
  },
  rowOf(values) {
    return {
      id: values[0] as bigint,
      name: values[1] as string,
      hue: values[2] as number,
      tokenHash: values[3] as Uint8Array,
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

/** What the compiler knows of {@link knownFireflyTable}. */
export interface KnownFireflyTable {
  row: KnownFirefly;
  key: { player: bigint; meadow: number };
  fixed: "player" | "meadow";
  required: "player" | "meadow";
  indexes: {
    player: bigint;
  };
  entity: KnownFireflyEntity;
}

/**
 * A player's firefly in one meadow, as it was last seen there.
 *
 * A row of the table `firefly` that keeps account of what is assigned to it. `await row.save()` writes those columns alone.
 */
export class KnownFireflyEntity extends Entity<KnownFirefly, { player: bigint; meadow: number }> {
  get player(): KnownFirefly["player"] {
    return this.values.player;
  }

  get meadow(): KnownFirefly["meadow"] {
    return this.values.meadow;
  }

  get x(): KnownFirefly["x"] {
    return this.values.x;
  }

  set x(value: KnownFirefly["x"]) {
    this.values.x = value;
    this.mark(2);
  }

  get y(): KnownFirefly["y"] {
    return this.values.y;
  }

  set y(value: KnownFirefly["y"]) {
    this.values.y = value;
    this.mark(3);
  }

  /** How often it has lit up. */
  get flashes(): KnownFirefly["flashes"] {
    return this.values.flashes;
  }

  set flashes(value: KnownFirefly["flashes"]) {
    this.values.flashes = value;
    this.mark(4);
  }

  /** How far it has flown, in widths of the meadow. */
  get distance(): KnownFirefly["distance"] {
    return this.values.distance;
  }

  set distance(value: KnownFirefly["distance"]) {
    this.values.distance = value;
    this.mark(5);
  }
}

/**
 * A player's firefly in one meadow, as it was last seen there.
 *
 * The table `firefly`, for `node.table(knownFireflyTable)`.
 */
export const knownFireflyTable: Table<KnownFireflyTable> = /* @__PURE__ */ defineTable<KnownFireflyTable>({
  name: "firefly",
  database: "main",
  ttlMs: 3600000,
  durability: "write-behind",
  columns: [
    { property: "player", field: "1", name: "player_id", kind: "uint64", nullable: false, maxLength: 0, former: ["player"] },
    { property: "meadow", field: "2", name: "meadow_id", kind: "uint32", nullable: false, maxLength: 0, former: ["meadow"] },
    { property: "x", field: "3", name: "x", kind: "double", nullable: false, maxLength: 0 },
    { property: "y", field: "4", name: "y", kind: "double", nullable: false, maxLength: 0 },
    { property: "flashes", field: "5", name: "flashes", kind: "uint64", nullable: false, maxLength: 0 },
    { property: "distance", field: "6", name: "distance", kind: "double", nullable: false, maxLength: 0 },
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
      "CREATE TABLE IF NOT EXISTS `firefly` (`player_id` bigint unsigned NOT NULL DEFAULT 0, `meadow_id` int unsigned NOT NULL DEFAULT 0, `x` double NOT NULL DEFAULT 0, `y` double NOT NULL DEFAULT 0, `flashes` bigint unsigned NOT NULL DEFAULT 0, `distance` double NOT NULL DEFAULT 0, `_version` bigint unsigned NOT NULL DEFAULT 1, PRIMARY KEY (`player_id`, `meadow_id`), KEY `player_id` (`player_id`)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ],
    types: [
      "bigint unsigned",
      "int unsigned",
      "double",
      "double",
      "bigint unsigned",
      "double",
    ],
    addColumn: [
      "ALTER TABLE `firefly` ADD COLUMN `player_id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `firefly` ADD COLUMN `meadow_id` int unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `firefly` ADD COLUMN `x` double NOT NULL DEFAULT 0",
      "ALTER TABLE `firefly` ADD COLUMN `y` double NOT NULL DEFAULT 0",
      "ALTER TABLE `firefly` ADD COLUMN `flashes` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `firefly` ADD COLUMN `distance` double NOT NULL DEFAULT 0",
    ],
    createIndex: [
      "ALTER TABLE `firefly` ADD KEY `player_id` (`player_id`)",
    ],
    selectOne: "SELECT `_version`, `player_id`, `meadow_id`, `x`, `y`, `flashes`, `distance` FROM `firefly` WHERE `player_id` = ? AND `meadow_id` = ?",
    selectMany: statementOfRows("SELECT `_version`, `player_id`, `meadow_id`, `x`, `y`, `flashes`, `distance` FROM `firefly` WHERE (`player_id`, `meadow_id`) IN (", "(?, ?)", ")"),
    selectFirst: "SELECT `_version`, `player_id`, `meadow_id`, `x`, `y`, `flashes`, `distance` FROM `firefly` ORDER BY `firefly`.`player_id`, `firefly`.`meadow_id` LIMIT ?",
    selectNext: "SELECT `_version`, `player_id`, `meadow_id`, `x`, `y`, `flashes`, `distance` FROM `firefly` WHERE (`player_id`, `meadow_id`) > (?, ?) ORDER BY `firefly`.`player_id`, `firefly`.`meadow_id` LIMIT ?",
    keysByIndex: [
      "SELECT `player_id`, `meadow_id` FROM `firefly` WHERE `player_id` = ? ORDER BY `firefly`.`player_id`, `firefly`.`meadow_id`",
    ],
    insertMany: statementOfRows("INSERT INTO `firefly` (`player_id`, `meadow_id`, `x`, `y`, `flashes`, `distance`, `_version`) VALUES ", "(?, ?, ?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows("INSERT INTO `firefly` (`player_id`, `meadow_id`, `x`, `y`, `flashes`, `distance`, `_version`) VALUES ", "(?, ?, ?, ?, ?, ?, ?)", " ON DUPLICATE KEY UPDATE `x` = VALUES(`x`), `y` = VALUES(`y`), `flashes` = VALUES(`flashes`), `distance` = VALUES(`distance`), `_version` = VALUES(`_version`)"),
    deleteMany: statementOfRows("DELETE FROM `firefly` WHERE (`player_id`, `meadow_id`) IN (", "(?, ?)", ")"),
    updateOne: "UPDATE `firefly` SET `x` = ?, `y` = ?, `flashes` = ?, `distance` = ?, `_version` = ? WHERE `player_id` = ? AND `meadow_id` = ?",
  },
  sqlite: {
    create: [
      `CREATE TABLE IF NOT EXISTS "firefly" ("player_id" integer NOT NULL DEFAULT 0, "meadow_id" integer NOT NULL DEFAULT 0, "x" real NOT NULL DEFAULT 0, "y" real NOT NULL DEFAULT 0, "flashes" integer NOT NULL DEFAULT 0, "distance" real NOT NULL DEFAULT 0, "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("player_id", "meadow_id")) STRICT, WITHOUT ROWID`,
      `CREATE INDEX IF NOT EXISTS "firefly.player_id" ON "firefly" ("player_id")`,
    ],
    types: [
      "integer",
      "integer",
      "real",
      "real",
      "integer",
      "real",
    ],
    addColumn: [
      `ALTER TABLE "firefly" ADD COLUMN "player_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "firefly" ADD COLUMN "meadow_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "firefly" ADD COLUMN "x" real NOT NULL DEFAULT 0`,
      `ALTER TABLE "firefly" ADD COLUMN "y" real NOT NULL DEFAULT 0`,
      `ALTER TABLE "firefly" ADD COLUMN "flashes" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "firefly" ADD COLUMN "distance" real NOT NULL DEFAULT 0`,
    ],
    createIndex: [
      `CREATE INDEX IF NOT EXISTS "firefly.player_id" ON "firefly" ("player_id")`,
    ],
    selectOne: `SELECT "_version", "player_id", "meadow_id", "x", "y", "flashes", "distance" FROM "firefly" WHERE "player_id" = ? AND "meadow_id" = ?`,
    selectMany: statementOfRows(`SELECT "_version", "player_id", "meadow_id", "x", "y", "flashes", "distance" FROM "firefly" WHERE ("player_id", "meadow_id") IN (VALUES `, "(?, ?)", ")"),
    selectFirst: `SELECT "_version", "player_id", "meadow_id", "x", "y", "flashes", "distance" FROM "firefly" ORDER BY "firefly"."player_id", "firefly"."meadow_id" LIMIT ?`,
    selectNext: `SELECT "_version", "player_id", "meadow_id", "x", "y", "flashes", "distance" FROM "firefly" WHERE ("player_id", "meadow_id") > (?, ?) ORDER BY "firefly"."player_id", "firefly"."meadow_id" LIMIT ?`,
    keysByIndex: [
      `SELECT "player_id", "meadow_id" FROM "firefly" WHERE "player_id" = ? ORDER BY "firefly"."player_id", "firefly"."meadow_id"`,
    ],
    insertMany: statementOfRows(`INSERT INTO "firefly" ("player_id", "meadow_id", "x", "y", "flashes", "distance", "_version") VALUES `, "(?, ?, ?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows(`INSERT INTO "firefly" ("player_id", "meadow_id", "x", "y", "flashes", "distance", "_version") VALUES `, "(?, ?, ?, ?, ?, ?, ?)", ` ON CONFLICT ("player_id", "meadow_id") DO UPDATE SET "x" = excluded."x", "y" = excluded."y", "flashes" = excluded."flashes", "distance" = excluded."distance", "_version" = excluded."_version"`),
    deleteMany: statementOfRows(`DELETE FROM "firefly" WHERE ("player_id", "meadow_id") IN (VALUES `, "(?, ?)", ")"),
  },
  valuesOf(row) {
    return [
      columnValue.uint64("firefly.player", row.player),
      columnValue.uint32("firefly.meadow", row.meadow),
      columnValue.double("firefly.x", row.x),
      columnValue.double("firefly.y", row.y),
      columnValue.uint64("firefly.flashes", row.flashes),
      columnValue.double("firefly.distance", row.distance),
    ];
  },
  valueOf(column, value) {
    switch (column) {
      case 0:
        return columnValue.uint64("firefly.player", value);
      case 1:
        return columnValue.uint32("firefly.meadow", value);
      case 2:
        return columnValue.double("firefly.x", value);
      case 3:
        return columnValue.double("firefly.y", value);
      case 4:
        return columnValue.uint64("firefly.flashes", value);
      case 5:
        return columnValue.double("firefly.distance", value);
      default:
        throw new RangeError("there is no column " + column);
    }
  },
  rowOf(values) {
    return {
      player: values[0] as bigint,
      meadow: values[1] as number,
      x: values[2] as number,
      y: values[3] as number,
      flashes: values[4] as bigint,
      distance: values[5] as number,
    };
  },
  keyOf(row) {
    return { player: row.player, meadow: row.meadow };
  },
  newRow: (init) => KnownFirefly.create(init),
  keyValues(key) {
    return [
      columnValue.uint64("firefly.player", key.player),
      columnValue.uint32("firefly.meadow", key.meadow),
    ];
  },
  keyFrom(values) {
    return {
      player: values[0] as bigint,
      meadow: values[1] as number,
    };
  },
  indexValues(index, value) {
    switch (index) {
      case 0: {
        return [columnValue.uint64("firefly.player", value)];
      }
      default:
        throw new RangeError("there is no index " + index);
    }
  },
  entity: KnownFireflyEntity,
});

/** What the compiler knows of {@link highScoreTable}. */
export interface HighScoreTable {
  row: HighScore;
  key: number;
  fixed: "meadow";
  required: "meadow";
  indexes: {
    player: bigint;
  };
  entity: HighScoreEntity;
}

/**
 * The firefly that has lit up most often in a meadow.
 *
 * A row of the table `high_score` that keeps account of what is assigned to it. `await row.save()` writes those columns alone.
 */
export class HighScoreEntity extends Entity<HighScore, number> {
  get meadow(): HighScore["meadow"] {
    return this.values.meadow;
  }

  get player(): HighScore["player"] {
    return this.values.player;
  }

  set player(value: HighScore["player"]) {
    this.values.player = value;
    this.mark(1);
  }

  get name(): HighScore["name"] {
    return this.values.name;
  }

  set name(value: HighScore["name"]) {
    this.values.name = value;
    this.mark(2);
  }

  get flashes(): HighScore["flashes"] {
    return this.values.flashes;
  }

  set flashes(value: HighScore["flashes"]) {
    this.values.flashes = value;
    this.mark(3);
  }
}

/**
 * The firefly that has lit up most often in a meadow.
 *
 * The table `high_score`, for `node.table(highScoreTable)`.
 */
export const highScoreTable: Table<HighScoreTable> = /* @__PURE__ */ defineTable<HighScoreTable>({
  name: "high_score",
  database: "main",
  ttlMs: 3600000,
  durability: "write-behind",
  columns: [
    { property: "meadow", field: "1", name: "meadow_id", kind: "uint32", nullable: false, maxLength: 0, former: ["meadow"] },
    { property: "player", field: "2", name: "player_id", kind: "uint64", nullable: false, maxLength: 0, former: ["player"] },
    { property: "name", field: "3", name: "name", kind: "string", nullable: false, maxLength: 16 },
    { property: "flashes", field: "4", name: "flashes", kind: "uint64", nullable: false, maxLength: 0 },
  ],
  key: [0],
  autoIncrement: -1,
  indexes: [
    {
      name: "player_id",
      property: "player",
      columns: [1],
      unique: false,
      references: { table: "player", column: "id" },
    },
  ],
  retired: [],
  mysql: {
    create: [
      "CREATE TABLE IF NOT EXISTS `high_score` (`meadow_id` int unsigned NOT NULL DEFAULT 0, `player_id` bigint unsigned NOT NULL DEFAULT 0, `name` varchar(16) NOT NULL DEFAULT '', `flashes` bigint unsigned NOT NULL DEFAULT 0, `_version` bigint unsigned NOT NULL DEFAULT 1, PRIMARY KEY (`meadow_id`), KEY `player_id` (`player_id`)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ],
    types: [
      "int unsigned",
      "bigint unsigned",
      "varchar(16)",
      "bigint unsigned",
    ],
    addColumn: [
      "ALTER TABLE `high_score` ADD COLUMN `meadow_id` int unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `high_score` ADD COLUMN `player_id` bigint unsigned NOT NULL DEFAULT 0",
      "ALTER TABLE `high_score` ADD COLUMN `name` varchar(16) NOT NULL DEFAULT ''",
      "ALTER TABLE `high_score` ADD COLUMN `flashes` bigint unsigned NOT NULL DEFAULT 0",
    ],
    createIndex: [
      "ALTER TABLE `high_score` ADD KEY `player_id` (`player_id`)",
    ],
    selectOne: "SELECT `_version`, `meadow_id`, `player_id`, `name`, `flashes` FROM `high_score` WHERE `meadow_id` = ?",
    selectMany: statementOfRows("SELECT `_version`, `meadow_id`, `player_id`, `name`, `flashes` FROM `high_score` WHERE `meadow_id` IN (", "?", ")"),
    selectFirst: "SELECT `_version`, `meadow_id`, `player_id`, `name`, `flashes` FROM `high_score` ORDER BY `high_score`.`meadow_id` LIMIT ?",
    selectNext: "SELECT `_version`, `meadow_id`, `player_id`, `name`, `flashes` FROM `high_score` WHERE `meadow_id` > ? ORDER BY `high_score`.`meadow_id` LIMIT ?",
    keysByIndex: [
      "SELECT `meadow_id` FROM `high_score` WHERE `player_id` = ? ORDER BY `high_score`.`meadow_id`",
    ],
    insertMany: statementOfRows("INSERT INTO `high_score` (`meadow_id`, `player_id`, `name`, `flashes`, `_version`) VALUES ", "(?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows("INSERT INTO `high_score` (`meadow_id`, `player_id`, `name`, `flashes`, `_version`) VALUES ", "(?, ?, ?, ?, ?)", " ON DUPLICATE KEY UPDATE `player_id` = VALUES(`player_id`), `name` = VALUES(`name`), `flashes` = VALUES(`flashes`), `_version` = VALUES(`_version`)"),
    deleteMany: statementOfRows("DELETE FROM `high_score` WHERE `meadow_id` IN (", "?", ")"),
    updateOne: "UPDATE `high_score` SET `player_id` = ?, `name` = ?, `flashes` = ?, `_version` = ? WHERE `meadow_id` = ?",
  },
  sqlite: {
    create: [
      `CREATE TABLE IF NOT EXISTS "high_score" ("meadow_id" integer NOT NULL DEFAULT 0, "player_id" integer NOT NULL DEFAULT 0, "name" text NOT NULL DEFAULT '', "flashes" integer NOT NULL DEFAULT 0, "_version" integer NOT NULL DEFAULT 1, PRIMARY KEY ("meadow_id")) STRICT`,
      `CREATE INDEX IF NOT EXISTS "high_score.player_id" ON "high_score" ("player_id")`,
    ],
    types: [
      "integer",
      "integer",
      "text",
      "integer",
    ],
    addColumn: [
      `ALTER TABLE "high_score" ADD COLUMN "meadow_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "high_score" ADD COLUMN "player_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "high_score" ADD COLUMN "name" text NOT NULL DEFAULT ''`,
      `ALTER TABLE "high_score" ADD COLUMN "flashes" integer NOT NULL DEFAULT 0`,
    ],
    createIndex: [
      `CREATE INDEX IF NOT EXISTS "high_score.player_id" ON "high_score" ("player_id")`,
    ],
    selectOne: `SELECT "_version", "meadow_id", "player_id", "name", "flashes" FROM "high_score" WHERE "meadow_id" = ?`,
    selectMany: statementOfRows(`SELECT "_version", "meadow_id", "player_id", "name", "flashes" FROM "high_score" WHERE "meadow_id" IN (`, "?", ")"),
    selectFirst: `SELECT "_version", "meadow_id", "player_id", "name", "flashes" FROM "high_score" ORDER BY "high_score"."meadow_id" LIMIT ?`,
    selectNext: `SELECT "_version", "meadow_id", "player_id", "name", "flashes" FROM "high_score" WHERE "meadow_id" > ? ORDER BY "high_score"."meadow_id" LIMIT ?`,
    keysByIndex: [
      `SELECT "meadow_id" FROM "high_score" WHERE "player_id" = ? ORDER BY "high_score"."meadow_id"`,
    ],
    insertMany: statementOfRows(`INSERT INTO "high_score" ("meadow_id", "player_id", "name", "flashes", "_version") VALUES `, "(?, ?, ?, ?, ?)"),
    upsertMany: statementOfRows(`INSERT INTO "high_score" ("meadow_id", "player_id", "name", "flashes", "_version") VALUES `, "(?, ?, ?, ?, ?)", ` ON CONFLICT ("meadow_id") DO UPDATE SET "player_id" = excluded."player_id", "name" = excluded."name", "flashes" = excluded."flashes", "_version" = excluded."_version"`),
    deleteMany: statementOfRows(`DELETE FROM "high_score" WHERE "meadow_id" IN (`, "?", ")"),
  },
  valuesOf(row) {
    return [
      columnValue.uint32("high_score.meadow", row.meadow),
      columnValue.uint64("high_score.player", row.player),
      columnValue.string("high_score.name", row.name, 16),
      columnValue.uint64("high_score.flashes", row.flashes),
    ];
  },
  valueOf(column, value) {
    switch (column) {
      case 0:
        return columnValue.uint32("high_score.meadow", value);
      case 1:
        return columnValue.uint64("high_score.player", value);
      case 2:
        return columnValue.string("high_score.name", value, 16);
      case 3:
        return columnValue.uint64("high_score.flashes", value);
      default:
        throw new RangeError("there is no column " + column);
    }
  },
  rowOf(values) {
    return {
      meadow: values[0] as number,
      player: values[1] as bigint,
      name: values[2] as string,
      flashes: values[3] as bigint,
    };
  },
  keyOf(row) {
    return row.meadow;
  },
  newRow: (init) => HighScore.create(init),
  keyValues(key) {
    return [
      columnValue.uint32("high_score.meadow", key),
    ];
  },
  keyFrom(values) {
    return values[0] as number;
  },
  indexValues(index, value) {
    switch (index) {
      case 0: {
        return [columnValue.uint64("high_score.player", value)];
      }
      default:
        throw new RangeError("there is no index " + index);
    }
  },
  entity: HighScoreEntity,
});
