import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import mysql from "mysql2/promise";
import { freePort } from "../free-port.ts";
import { withServerFolders } from "../system-path.ts";
import { ServerProgram } from "./program.ts";

export interface MariaDb extends MySql {
  readonly program: ServerProgram;
  /** URL of the server, without a database. */
  readonly url: string;
}

/** Small, and as durable as in earnest: what was committed is there after a kill. */
const settings = [
  "--bind-address=127.0.0.1",
  "--skip-name-resolve",
  "--innodb-flush-log-at-trx-commit=1",
  "--innodb-buffer-pool-size=64M",
  "--innodb-log-file-size=16M",
  "--innodb-log-buffer-size=8M",
  "--performance-schema=OFF",
  "--max-connections=300",
];

/**
 * Starts a MariaDB of the test's own.
 *
 * @param logging how it logs for replicas
 */
export async function startMariaDb(logging: readonly string[] = ["--skip-log-bin"]): Promise<MariaDb> {
  const port = await freePort();
  const server = `mysql://root@127.0.0.1:${port}`;
  const template = dataTemplate();
  const program = new ServerProgram("maria", "mariadbd", argumentsOf(port, logging), async () => {
    await run(server, "SELECT 1");
    return true;
  });
  cpSync(template, join(program.folder, "data"), { recursive: true });
  await program.start();
  return {
    program,
    url: server,
    createDatabase: () => createDatabase(server),
    [Symbol.asyncDispose]: () => program.stop(),
  };
}

export interface MySql extends AsyncDisposable {
  /** Makes an empty database. */
  createDatabase(): Promise<TestDatabase>;
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** `MYSQL_URL`'s server when it is set, else a MariaDB of the test's own. */
export async function openMySql(): Promise<MySql> {
  const given = process.env["TEST_MYSQL_URL"];
  if (given === undefined || given === "") return startMariaDb();
  return { createDatabase: () => createDatabase(given), async [Symbol.asyncDispose]() {} };
}

async function createDatabase(server: string): Promise<TestDatabase> {
  const name = `photinus_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  await run(server, `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      await run(server, `DROP DATABASE \`${name}\``);
    },
  };
}

/** Runs one statement, and gives its rows. */
export async function run(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 2_000 });
  try {
    const [rows] = await connection.query(statement);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  } finally {
    connection.destroy();
  }
}

function argumentsOf(port: number, logging: readonly string[]): (folder: string) => string[] {
  return (folder) => [
    "--no-defaults",
    `--datadir=${join(folder, "data")}`,
    `--socket=${join(folder, "socket")}`,
    `--pid-file=${join(folder, "pid")}`,
    // A server that starts removes what it takes for its own temporary tables.
    `--tmpdir=${folder}`,
    `--port=${port}`,
    ...asRoot(),
    ...settings,
    ...logging,
  ];
}

/** MariaDB does not run as root unless told to. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}

/** A folder with the data of a new server; making it takes seconds, so it is kept for this version. */
export function dataTemplate(): string {
  const version = spawnSync("mariadbd", ["--no-defaults", "--version"], {
    encoding: "utf8",
    env: withServerFolders(),
  });
  if (version.status !== 0) {
    throw new Error(
      'mariadbd cannot be run. Install Debian\'s mariadb-server (as root, "npm run tools" does).',
    );
  }
  const [, number = "unknown"] = /Ver (\S+)/.exec(version.stdout) ?? [];
  const cache = fileURLToPath(new URL("../../../node_modules/.cache/photinus", import.meta.url));
  const template = join(cache, `mariadb-${number}`);
  if (existsSync(template)) return template;
  const made = mkdtempSync(join(tmpdir(), "ph-maria-new-"));
  const args = ["--no-defaults", `--datadir=${made}`, "--auth-root-authentication-method=normal"];
  const result = spawnSync(
    "mariadb-install-db",
    [...args, "--skip-test-db", "--innodb-log-file-size=16M", ...asRoot()],
    { encoding: "utf8", env: withServerFolders() },
  );
  if (result.status !== 0) throw new Error(`mariadb-install-db failed:\n${result.stdout}${result.stderr}`);
  mkdirSync(cache, { recursive: true });
  const copy = `${template}.${process.pid}`;
  cpSync(made, copy, { recursive: true });
  rmSync(made, { recursive: true, force: true });
  // Another process may have been faster.
  try {
    renameSync(copy, template);
  } catch {
    rmSync(copy, { recursive: true, force: true });
  }
  return template;
}
