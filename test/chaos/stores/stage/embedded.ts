import { DatabaseSync } from "node:sqlite";
import { heroTable } from "../../../conformance/cache/fixtures/server/index.ts";
import { embeddedPlace, openStore } from "../../../conformance/cache/place.ts";
import { createRows } from "./rows.ts";
import { historyQuery, historySql, type Stage, stateOfRow, type Victim } from "./stage.ts";

/** How often a worker is killed in a round: there is nothing else to kill. */
const kills = 8;

/** A SQLite file that the workers share. */
export async function embeddedStage(): Promise<Stage> {
  const { spec, dispose } = await embeddedPlace();
  if (spec.kind !== "embedded") throw new Error("the place is of another kind");
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
    victims: Array.from({ length: kills }, () => writer),
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
