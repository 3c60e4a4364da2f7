import { describe, expect, it } from "vitest";
import { documents } from "../../../../codegen/documents/documents-target.ts";
import { modelOf as snapshotOf, withoutPlaces } from "../../../../codegen/evolution/model/model-of.ts";
import { generate } from "../../../../codegen/generate.ts";
import { historyOf } from "../../../../codegen/history/history.ts";
import { historyLines } from "../../../../codegen/history/history-text.ts";
import { emptyLock, type Lock } from "../../../../codegen/lock/lock.ts";
import { updateLock } from "../../../../codegen/lock/update.ts";
import { Memo } from "../../../../codegen/memo.ts";
import { modelOfText } from "../load/schemas.ts";

const messages = `
  message Ask { uint32 door = 1; Spot spot = 2; }
  message Got { uint32 count = 1; }
  message Spot { int32 x = 1; }`;
const rpc = (name: string, id: number, more = "") =>
  `rpc ${name}(Ask) returns (Got) { option (photinus.command) = { id: ${id} ${more} }; }`;
const doors = (rpcs: string, more = "", types = messages) =>
  `service Doors { option (photinus.service) = { role: "house" }; ${rpcs} } ${types} ${more}`;

const first = doors(rpc("Open", 1) + rpc("Close", 2));

/** A lock in which each of these schemas is a release, the first of them number 1. */
async function released(...texts: readonly string[]): Promise<Lock> {
  let lock = emptyLock;
  for (const [at, text] of texts.entries()) {
    const schema = await modelOfText(text);
    const model = withoutPlaces(snapshotOf(schema));
    const release = { number: at + 1, date: `2026-11-0${at + 1}`, clients: 1, model };
    lock = { ...updateLock(schema, lock), releases: [...lock.releases, release] };
  }
  return lock;
}

/** Lines of the history of releases and a present schema, without the fingerprints. */
async function lines(releases: readonly string[], now: string): Promise<string[]> {
  const history = historyOf(await released(...releases), snapshotOf(await modelOfText(now)));
  return historyLines(history).map((line) => line.replace(/, fingerprint [0-9a-f]{16}$/, ""));
}

const lastLines = [
  "release 1 of 2026-11-01",
  "  added",
  "    test.Doors.Close (request 2)",
  "    test.Doors.Open (request 1)",
];

describe("the history of a protocol", () => {
  it("is empty before the first release", async () => {
    expect(historyOf(emptyLock, snapshotOf(await modelOfText(first)))).toEqual([]);
  });

  it("has the calls and tables of the first release, and nothing else when nothing changed", async () => {
    const table = `message Row { option (photinus.table) = { name: "rows" }; uint32 id = 1 [(photinus.column) = { primary_key: true }]; }`;
    expect(await lines([first + table], first + table)).toEqual([...lastLines, "    test.Row (table rows)"]);
  });

  it("sorts changes by command, with their rules, the newest release first", async () => {
    const second = doors(
      rpc("Open", 1, "auth: ADMIN") + rpc("Knock", 3),
      "",
      messages.replace("door = 1", "door = 1; bool loud = 3"),
    );
    const third = doors(
      rpc("Open", 1, "auth: ADMIN"),
      "",
      messages.replace("count = 1", "count = 1; int32 left = 2"),
    );
    expect(await lines([first, second], third)).toEqual([
      "not released",
      "  changed",
      "    test.Doors.Open (request 1)",
      "      B field-deleted: the field test.Ask.loud = 3 was deleted; its number is not reserved",
      "      S field-added: the field test.Got.left = 2 is new",
      "  removed",
      "    test.Doors.Knock (request 3)",
      "      B command-deleted (4): the request test.Doors.Knock was deleted; its id 3 is not reserved",
      "",
      "release 2 of 2026-11-02",
      "  clients of all releases are understood",
      "  added",
      "    test.Doors.Knock (request 3)",
      "  changed",
      "    test.Doors.Open (request 1)",
      "      C auth-raised (8): the auth of test.Doors.Open was USER and is ADMIN",
      "    test.Ask (message, in test.Doors.Knock, test.Doors.Open)",
      "      S field-added: the field test.Ask.loud = 3 is new",
      "  removed",
      "    test.Doors.Close (request 2)",
      "      B command-deleted (4): the request test.Doors.Close was deleted; its id 2 is not reserved",
      "",
      ...lastLines,
    ]);
  });

  it("leaves out messages that come and go with their commands, and counts further users of a message", async () => {
    const more = `${first} message Free { bool a = 1; }`;
    const many = doors(Array.from({ length: 5 }, (_, n) => rpc(`Go${n}`, n + 1)).join(""));
    const others = many.replace("int32 x = 1;", "int32 x = 1; int32 y = 2;");
    const found = await lines(
      [`service None { option (photinus.service) = { role: "a" }; }`, more, many],
      others,
    );
    expect(found.filter((line) => /test\.(Ask|Got|Spot|Free)\b/.test(line))).toEqual([
      "    test.Spot (message, in test.Doors.Go0, test.Doors.Go1, test.Doors.Go2 and 2 more)",
      "      S field-added: the field test.Spot.y = 2 is new",
      "    test.Free (message)",
      "      S type-deleted: the message test.Free was deleted",
      "    test.Free (message)",
    ]);
  });

  it("says which clients a release does not understand, and why", async () => {
    const lock = await released(
      first,
      first.replace("id: 1", "id: 7"),
      first.replace("id: 1", "id: 7 auth: ADMIN"),
    );
    const releases = lock.releases.map((one) => ({ ...one, clients: Math.min(one.number, 2) }));
    const history = historyOf(
      { ...lock, releases },
      snapshotOf(await modelOfText(first.replace("id: 1", "id: 7 auth: ADMIN"))),
    );
    expect(history.map(({ clients }) => clients)).toEqual([
      "clients from before release 2 are not understood: the id of test.Doors.Open was 1 and is 7",
      "clients of earlier releases are not understood: the id of test.Doors.Open was 1 and is 7",
      "",
    ]);
  });

  it("knows commands that were renamed between two releases", async () => {
    expect(await lines([first, first.replace("Open(", "Shut(")], first.replace("Open(", "Shut("))).toContain(
      "      S! call-renamed: test.Doors.Open was renamed to test.Doors.Shut; the id is still 1",
    );
  });

  it("is made anew only for new releases", async () => {
    const memo = new Memo();
    const lock = await released(first, first.replace("id: 1", "id: 7"));
    const now = snapshotOf(await modelOfText(first));
    const [before, after] = [historyOf(lock, now, memo), historyOf({ ...lock }, now, memo)];
    expect(after.at(-1)).toBe(before.at(-1));
    expect(after).toEqual(before);
  });
});

describe("the history page of the documents", () => {
  const pages = async (lock: Lock, text: string) =>
    new Map(generate(await modelOfText(text), [documents], { lock }).map((file) => [file.path, file.text]));

  it("is absent, and not linked, before the first release", async () => {
    const all = await pages(emptyLock, first);
    expect([...all.keys()]).toEqual(["docs/index.md", "docs/test.Doors.md"]);
    expect(all.get("docs/index.md")).not.toContain("history");
  });

  it("has the releases and the changes since, and the index links to it", async () => {
    const lock = await released(first);
    const all = await pages(lock, doors(rpc("Open", 1, "auth: ADMIN")));
    expect(all.get("docs/index.md")).toContain(" [History of the releases](history.md).\n");
    expect(
      all.get("docs/history.md"),
    ).toBe(`<!-- @generated by photinus codegen from the schema and its lock file. Do not edit. -->

# Protocol history

The releases of the protocol, by command. Back to the [index](index.md). Classes of changes: S is safe, S! is safe on the wire, C needs
new clients, R needs an order of roll-out, M needs a migration of data, B breaks.

## Not released

### Changed

- \`test.Doors.Open\`, request 1
  - C \`auth-raised\` (8): the auth of test.Doors.Open was USER and is ADMIN

### Removed

- \`test.Doors.Close\`, request 2
  - B \`command-deleted\` (4): the request test.Doors.Close was deleted; its id 2 is not reserved

## Release 1

2026-11-01. Fingerprint \`${lock.releases[0]?.model.fingerprint}\`.

### Added

- \`test.Doors.Close\`, request 2
- \`test.Doors.Open\`, request 1
`);
  });
});
