import { DatabaseSync } from "node:sqlite";
import { heroTable } from "../../../conformance/cache/fixtures/server/index.ts";
import { embeddedPlace, openStore, type StoreSpec } from "../../../conformance/cache/place.ts";
import { frozenWriter, shortBusyMs } from "./frozen.ts";
import { createRows } from "./rows.ts";
import { historyQuery, historySql, type Stage, stateOfRow, type Victim } from "./stage.ts";

type EmbeddedSpec = Extract<StoreSpec, { kind: "embedded" }>;

/** How often a worker is killed in a round: there is nothing else to kill. */
const kills = 8;

/** How often a worker is frozen. */
const freezes = 3;

/** A SQLite file that the workers share; they are killed. */
export const embeddedStage = (): Promise<Stage> =>
  stageOf(
    {},
    Array.from({ length: kills }, () => writer),
  );

/** A SQLite file that the workers share; they are frozen for longer than the others wait for it. */
export const frozenStage = (): Promise<Stage> =>
  stageOf(
    { busyMs: shortBusyMs },
    Array.from({ length: freezes }, () => frozenWriter),
  );

async function stageOf(more: Pick<EmbeddedSpec, "busyMs">, victims: readonly Victim[]): Promise<Stage> {
  const { spec: given, dispose } = await embeddedPlace();
  if (given.kind !== "embedded") throw new Error("the place is of another kind");
  const spec: EmbeddedSpec = { ...given, ...more };
  const inFile = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(spec.file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    spec,
    victims,
    isEvery: true,
    createRows: (count) => createRows(spec, count),
    async watch() {
      const columns = "n integer PRIMARY KEY, id, _version, gold, note, level, luck";
      inFile((database) => {
        for (const statement of historySql('"', columns)) database.exec(statement);
      });
    },
    async settle() {
      const found = inFile((database) => database.prepare("PRAGMA integrity_check").all());
      return found.flatMap((row) => (row["integrity_check"] === "ok" ? [] : [JSON.stringify(row)]));
    },
    async rows(ids) {
      const store = await openStore(spec);
      try {
        return await store.read(
          heroTable,
          ids.map((id) => [BigInt(id)]),
        );
      } finally {
        await store.close();
      }
    },
    async history() {
      return inFile((database) =>
        database
          .prepare(historyQuery)
          .all()
          .map((row) => stateOfRow(Object.values(row))),
      );
    },
    [Symbol.asyncDispose]: dispose,
  };
}

const writer: Victim = {
  name: "writer",
  async strike(crew, random) {
    const { pids } = crew;
    const pid = pids[Math.floor(random() * pids.length)]!;
    await crew.replace(pid);
    return pid;
  },
};
