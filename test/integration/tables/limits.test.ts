import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSchema } from "../../../codegen/load/load.ts";
import { sizeOf } from "../../../codegen/sql/size.ts";
import { isTable } from "../../../codegen/sql/table-layout.ts";
import { checksOf } from "../../../codegen/target.ts";
import { modelOf } from "../../../codegen/typescript/server/tables/model.ts";
import { layoutOf } from "../../setup/schema-tables.ts";
import { type MySql, openMySql, type TestDatabase } from "../../setup/servers/mariadb.ts";

let server: MySql;
let database: TestDatabase;
let connection: Connection;
/** What the generator takes, both take; where the limit lies, each says of what it has less of than the other. */
let isMariaDb: boolean;

beforeAll(async () => {
  server = await openMySql();
  database = await server.createDatabase();
  connection = await mysql.createConnection({ uri: database.url });
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT VERSION() AS version");
  isMariaDb = String(row?.["version"]).includes("MariaDB");
});
afterAll(async () => {
  await connection.end();
  await database.drop();
  await server[Symbol.asyncDispose]();
});

/** What the generator makes of a table with these fields: its SQL, or the codes of what it says. */
async function generated(fields: string, options = "") {
  const id = "uint64 id = 1 [(photinus.column) = { primary_key: true }];";
  const text = `syntax = "proto3"; package shop; import "photinus/options.proto";
    message Hero { option (photinus.table) = { name: "hero" ${options} }; ${fields.includes("primary_key") ? "" : id} ${fields} }`;
  const { schema, diagnostics } = await loadSchema({
    root: "/nowhere",
    checks: checksOf([]),
    files: ["shop.proto"],
    readFile: async (path) => (path === "shop.proto" ? text : undefined),
  });
  if (schema === undefined) return { codes: diagnostics.map(({ code }) => code) };
  const message = schema.files.flatMap((file) => file.messages).find(isTable)!;
  const model = modelOf(message);
  return { codes: [], create: layoutOf(model).mysql.create[0]!, rowBytes: sizeOf(model).rowBytes };
}

/** The most that the generator accepts of something that grows; it accepts `least` and not `tooMuch`. */
async function mostOf(schema: (count: number) => string, least: number, tooMuch: number) {
  let [good, bad] = [least, tooMuch];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if ((await generated(schema(middle))).codes.length === 0) good = middle;
    else bad = middle;
  }
  const [last, next] = [await generated(schema(good)), await generated(schema(bad))];
  expect(last.codes).toEqual([]);
  return { count: good, create: last.create!, codes: next.codes };
}

/** What MariaDB calls the reason why it does not do this; "none" when it does. */
async function errorOf(...statements: string[]): Promise<string> {
  for (const statement of statements) {
    try {
      await connection.query(statement);
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  }
  return "none";
}

async function created(create: string): Promise<string> {
  return errorOf("DROP TABLE IF EXISTS hero", "SET SESSION sql_mode = 'STRICT_ALL_TABLES'", create);
}

/** A table with one more column. */
function withColumn(create: string, definition: string): string {
  expect(create).toContain(", `_version`");
  return create.replace(", `_version`", `, ${definition}, \`_version\``);
}

const list = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(" ");

test.each([
  ["bools", (at: number) => `bool f${at} = ${at + 2};`, "`f` tinyint NOT NULL DEFAULT 0", 1_015],
  ["numbers", (at: number) => `int64 f${at} = ${at + 2};`, "`f` bigint NOT NULL DEFAULT 0", 1_011],
  ["optional numbers", (at: number) => `optional int64 f${at} = ${at + 2};`, "`f` bigint NULL", 995],
  [
    "short texts",
    (at: number) => `string f${at} = ${at + 2} [(photinus.column) = { max_length: 9 }];`,
    "`f` varchar(9) NOT NULL DEFAULT ''",
    218,
  ],
  [
    "bytes in indexes",
    (at: number) =>
      at < 15
        ? `bytes f${at} = ${at + 2} [(photinus.column) = { max_length: 255 index: true }];`
        : `fixed64 f${at} = ${at + 2};`,
    "`f` bigint NOT NULL DEFAULT 0",
    546,
  ],
])(
  "the most %s that the generator accepts are created, and MariaDB refuses one more",
  {
    timeout: 300_000,
  },
  async (_what, field, more, expected) => {
    const { count, create, codes } = await mostOf((n) => list(n, field), 1, 1_100);
    expect(codes).toEqual(["PH082"]);
    expect(count).toBe(expected);
    expect(await created(create)).toBe("none");
    const outcome = await created(withColumn(create, more));
    if (isMariaDb) expect(outcome).toMatch(/^ER_(TOO_BIG_ROWSIZE|CANT_CREATE_TABLE)$/);
  },
);

test("columns with the longest names are described as far as the generator accepts them, and by MariaDB no further", {
  timeout: 300_000,
}, async () => {
  const field = (at: number) => `bool ${"f".repeat(60)}${1_000 + at} = ${at + 2};`;
  const { create, codes } = await mostOf((n) => list(n, field), 1, 1_000);
  expect(codes).toEqual(["PH082"]);
  expect(await created(create)).toBe("none");
  const more = `\`${"x".repeat(64)}\` tinyint NOT NULL DEFAULT 0`;
  const tooMany = isMariaDb ? "ER_TOO_MANY_FIELDS" : "none";
  expect(await created(withColumn(create, more))).toBe(tooMany);
  const described = await mostOf(
    (n) => list(150, (at) => `repeated ${field(at)}`) + list(n, (at) => field(at + 150)),
    1,
    1_000,
  );
  expect(described.codes).toEqual(["PH082"]);
  expect(await created(described.create)).toBe("none");
  // The defaults of the first columns need the room of several names.
  expect(await created(withColumn(described.create, more))).toBe(tooMany);
});

test("the bytes of a row are those that the server counts, and texts that it could not hold are kept outside of it", async () => {
  const texts = list(55, (at) => `string s${at} = ${at + 200};`);
  const numbers = list(20, (at) => `optional int64 n${at} = ${at + 300};`);
  const { create, rowBytes } = await generated(`${texts} ${numbers} bytes b = 2; repeated bool r = 3;`);
  expect(create).toContain("`s0` varchar(255)");
  const rest = 65_535 - rowBytes! - 2;
  const more = (length: number) => withColumn(create!, `\`f\` varbinary(${length}) NOT NULL`);
  expect(await created(more(rest))).toBe("none");
  expect(await created(more(rest + 1))).toBe("ER_TOO_BIG_ROWSIZE");

  const lean = await generated(list(80, (at) => `string s${at} = ${at + 2};`));
  expect(lean.create).toContain("`s0` text");
  expect(await created(lean.create!)).toBe("none");
  const full = lean.create!.replaceAll(/text NOT NULL DEFAULT \(''\)/g, "varchar(255) NOT NULL");
  expect(await created(full)).toBe("ER_TOO_BIG_ROWSIZE");
});

test("rows whose columns are all as long as may be in a page are taken, and by MariaDB not with one more column", {
  timeout: 300_000,
}, async () => {
  for (const key of ["", "string id = 1 [(photinus.column) = { primary_key: true max_length: 700 }];"]) {
    const { count, create, codes } = await mostOf(
      (n) => `${key} ${list(n, (at) => `repeated string f${at} = ${at + 2};`)}`,
      1,
      400,
    );
    expect(codes).toEqual(["PH082"]);
    const insert = (columns: number) =>
      `INSERT INTO hero VALUES (${key === "" ? "1" : "REPEAT('i', 2800)"}, ${Array.from({ length: columns }, () => "REPEAT('f', 40)").join()}, 1)`;
    expect([await created(create), await errorOf(insert(count))]).toEqual(["none", "none"]);
    // MariaDB creates such a table; the row fails.
    const more = withColumn(create, "`f` mediumblob NOT NULL DEFAULT ('')");
    if (!isMariaDb) continue;
    expect([await created(more), await errorOf(insert(count + 1))]).toEqual(["none", "ER_TOO_BIG_ROWSIZE"]);
  }
});

test.each([
  { sizes: [3_072, 3_072], plain: 0 },
  { sizes: Array.from({ length: 7 }, () => 1_020), plain: 0 },
  { sizes: [3_072, 2_000], plain: 60 },
  { sizes: Array.from({ length: 18 }, () => 400), plain: 0 },
])(
  "a change of a whole row with large indexes can be undone as far as the generator accepts it: $sizes.length, $plain",
  {
    timeout: 300_000,
  },
  async ({ sizes, plain }) => {
    const schema = (last: number) =>
      [...sizes, last]
        .map(
          (size, at) => `bytes k${at} = ${at + 2} [(photinus.column) = { max_length: ${size} index: true }];`,
        )
        .join(" ") + list(plain, (at) => `repeated string f${at} = ${at + 100};`);
    const { count, create, codes } = await mostOf(schema, 1, 3_072);
    expect(codes).toEqual(["PH082"]);
    const change = async (last: number) => {
      const lengths = [...sizes, last, ...Array.from({ length: plain }, () => 40)];
      const names = [...sizes.map((_, at) => `k${at}`), `k${sizes.length}`];
      for (let at = 0; at < plain; at++) names.push(`f${at}`);
      const values = (letter: string) => lengths.map((length) => `REPEAT('${letter}', ${length})`);
      const set = values("y").map((value, at) => `${names[at]} = ${value}`);
      return errorOf(
        `INSERT INTO hero (id, ${names.join()}) VALUES (1, ${values("x").join()})`,
        `UPDATE hero SET ${set.join()}, _version = 2`,
        "DELETE FROM hero",
      );
    };
    expect(await created(create)).toBe("none");
    expect(await change(count)).toBe("none");
    // MySQL's limit is near.
    const over = count + 400;
    expect(await created(create.replace(`varbinary(${count})`, `varbinary(${over})`))).toBe("none");
    if (!isMariaDb) expect(await change(over)).toBe("ER_UNDO_RECORD_TOO_BIG");
  },
);

test("the longest keys, the most columns in one and the most indexes are created, and no more", async () => {
  const parts =
    "int32 i = 2; bool b = 3; uint64 l = 4; string s = 5 [(photinus.column) = { max_length: 20 }];";
  const index = 'index: { columns: ["i", "b", "l", "s", "rest"] }';
  const bytes = (length: number) =>
    `${parts} bytes rest = 6 [(photinus.column) = { max_length: ${length} }];`;
  const most = 3_072 - 4 - 1 - 8 - 80;
  const { create } = await generated(bytes(most), index);
  expect((await generated(bytes(most + 1), index)).codes).toEqual(["PH077"]);
  expect(await created(create!)).toBe("none");
  expect(await created(create!.replace(`varbinary(${most})`, `varbinary(${most + 1})`))).toBe(
    "ER_TOO_LONG_KEY",
  );

  // MySQL has 16, MariaDB 32.
  const columns = list(17, (at) => `bool c${at} = ${at + 2};`);
  const over = (count: number) =>
    `index: { columns: [${list(count, (at) => `"c${at}"`).replaceAll(" ", ", ")}] }`;
  const wide = await generated(columns, over(16));
  expect((await generated(columns, over(17))).codes).toEqual(["PH083"]);
  expect(await created(wide.create!)).toBe("none");

  const indexed = (count: number) =>
    list(count, (at) => `bool c${at} = ${at + 2} [(photinus.column) = { index: true }];`);
  const many = await mostOf(indexed, 1, 100);
  expect(many).toMatchObject({ count: 63, codes: ["PH083"] });
  expect(await created(many.create)).toBe("none");
  expect(await created(many.create.replace(") ENGINE", ", KEY more (c0, c1)) ENGINE"))).toBe(
    "ER_TOO_MANY_KEYS",
  );
});

test("columns and indexes whose names MySQL keeps for itself, or that begin alike, do not meet", async () => {
  const long = "x".repeat(40);
  const fields = `uint64 primary = 2 [(photinus.column) = { index: true }];
    uint64 gen_clust_index = 3 [(photinus.column) = { unique: true }];
    uint64 ${long}a = 4; uint64 ${long}b = 5; uint64 ${long}c = 6;
    uint64 rowid = 7 [(photinus.column) = { index: true }];`;
  const options = `index: { columns: ["${long}a", "${long}b"] } index: { columns: ["${long}a", "${long}c"] }`;
  const { create } = await generated(fields, options);
  expect(await created(create!)).toBe("none");
  const [rows] = await connection.query("SHOW INDEX FROM hero WHERE Seq_in_index = 1");
  expect(rows).toHaveLength(6);
  for (const name of ["DB_ROW_ID", "db_trx_id", "DB_ROLL_PTR", "fts_doc_id"]) {
    expect((await generated(`uint64 ${name} = 2;`)).codes).toEqual(["PH078"]);
    expect(await created(`CREATE TABLE hero (${name} int)`)).toBe("ER_WRONG_COLUMN_NAME");
  }
});
