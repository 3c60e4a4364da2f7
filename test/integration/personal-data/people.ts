import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import {
  loginTable,
  mailboxTable,
  paymentTable,
  personTable,
  townTable,
  visitTable,
} from "./fixtures/server/people.tables.ts";
import { hasMark, markedPerson, markText } from "./marks.ts";

export const protocol = fileURLToPath(new URL("./fixtures/server/protocol.ts", import.meta.url));

export const allTables = [personTable, paymentTable, mailboxTable, loginTable, visitTable, townTable];

/** Handles of all tables on a store. */
export function handlesOf(store: TableStore) {
  return {
    people: new TableHandle(personTable, store, systemClock),
    payments: new TableHandle(paymentTable, store, systemClock),
    mail: new TableHandle(mailboxTable, store, systemClock),
    logins: new TableHandle(loginTable, store, systemClock),
    visits: new TableHandle(visitTable, store, systemClock),
    towns: new TableHandle(townTable, store, systemClock),
  };
}

/** Two people with rows in every table: the first one with marks, the second one without. */
export async function fill(store: TableStore): Promise<{ marked: bigint; other: bigint }> {
  const { people, payments, mail, logins, visits, towns } = handlesOf(store);
  const { id: marked } = await people.create(markedPerson());
  const { id: other } = await people.create({ name: "Bob", key: Uint8Array.of(1), notes: ["quiet"] });
  for (const [person, text] of [
    [marked, markText],
    [other, "quiet"],
  ] as const) {
    for (let n = 0; n < 3; n++) {
      await payments.create({ person, cents: BigInt(100 + n), note: text, receipt: `${text}-${n}` });
      await mail.create({ mail: `${text}-${n}@example`, person, text: "hello" });
      await visits.create({ person, number: n, place: text });
    }
    await logins.create({ name: text, person, hash: `${text}-hash` });
    // A value that was replaced leaves nothing either.
    await people.patch(person, { nick: `${text}-old` });
    await people.patch(person, { nick: `${text}-new` });
  }
  await towns.create({ id: 1, mayor: marked });
  return { marked, other };
}

/** Files of a folder that hold a mark, among them logs beside a database. */
export function markedFiles(file: string): string[] {
  const folder = dirname(file);
  const files = readdirSync(folder).map((name) => join(folder, name));
  if (!files.includes(file)) throw new Error(`${file} does not exist`);
  return files.filter((path) => hasMark(readFileSync(path)));
}

/** Tables of a MySQL database in which a mark stands in any column. */
export async function markedTables(url: string): Promise<string[]> {
  const connection = await mysql.createConnection({ uri: url, rowsAsArray: true });
  try {
    const [names] = await connection.query<mysql.RowDataPacket[]>("SHOW TABLES");
    const marked: string[] = [];
    for (const [name] of names as unknown as string[][]) {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(`SELECT * FROM \`${name}\``);
      if (rows.flat().some((value: unknown) => hasMark(bytesOf(value)))) marked.push(name!);
    }
    if (names.length === 0) throw new Error("the database has no tables");
    return marked;
  } finally {
    await connection.end();
  }
}

/** Keys of Redis whose name or value holds a mark. */
export async function markedKeys(url: string): Promise<string[]> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keysBuffer("*");
    if (keys.length === 0) throw new Error("Redis has no keys");
    const marked: string[] = [];
    for (const key of keys) {
      const values = await valuesOf(redis, key);
      if ([key, ...values].some((bytes) => hasMark(bytes))) marked.push(key.toString());
    }
    return marked;
  } finally {
    redis.disconnect();
  }
}

async function valuesOf(redis: Redis, key: Buffer): Promise<Buffer[]> {
  switch (await redis.type(key)) {
    case "hash":
      return Object.entries(await redis.hgetallBuffer(key)).flatMap(([field, value]) => [
        Buffer.from(field),
        value,
      ]);
    case "stream":
      return (await redis.xrangeBuffer(key, "-", "+")).flatMap(([, fields]) => fields);
    case "string": {
      const value = await redis.getBuffer(key);
      return value === null ? [] : [value];
    }
    default:
      return [];
  }
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}
