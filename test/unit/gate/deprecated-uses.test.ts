import { describe, expect, it } from "vitest";
import {
  DeprecatedUses,
  mostUnknownClients,
  otherClients,
  unknownClient,
} from "../../../runtime/gate/route/deprecated-uses.ts";
import { commands } from "../../integration/gate/schema.ts";

const own = "00000000000000aa";
const second = "00000000000000bb";
const all = [
  { ...commands.echo, deprecated: true } as const,
  commands.turn,
  { ...commands.note, deprecated: true } as const,
];
const [echo, note] = [0, 1];
const protocol = {
  fingerprint: own,
  release: 3,
  releases: [
    { number: 1, fingerprint: "00000000000000cc" },
    { number: 2, fingerprint: second },
  ],
  commands: all,
};

/** Fingerprint number `at` of a client that makes them up. */
const madeUp = (at: number) => (2n ** 60n + BigInt(at)).toString(16);

describe("the counts of deprecated commands", () => {
  it("are by command and release, and have a command that nobody has called", () => {
    const uses = new DeprecatedUses(protocol);
    for (const release of [3, 2, 3]) uses.add(release, echo);
    expect(uses.entries()).toEqual([
      { command: "probe.Probe.Echo", calls: 1, release: 2 },
      { command: "probe.Probe.Echo", calls: 2, release: 3 },
      { command: "probe.Probe.Note", calls: 0 },
    ]);
  });

  it("have the release of a client that sends only a released fingerprint", () => {
    const uses = new DeprecatedUses(protocol);
    expect(uses.versionOf({ release: 0, schema: second })).toBe(2);
    expect(uses.versionOf({ release: 0, schema: own })).toBe(3);
    expect(uses.versionOf({ release: 7, schema: second })).toBe(7);
    const unreleased = new DeprecatedUses({ fingerprint: own, commands: all });
    expect(unreleased.versionOf({ release: 0, schema: own })).toBe(own);
    expect(unreleased.versionOf({ release: 0, schema: second })).toBe(second);
  });

  it("have no text of a client that is not a fingerprint", () => {
    const uses = new DeprecatedUses(protocol);
    for (const schema of ["", "other", "\u001b[2J", `${own}0`, own.toUpperCase()]) {
      expect(uses.versionOf({ release: 0, schema })).toBe(unknownClient);
    }
  });

  it("keep their size when clients make up releases and fingerprints, and go on for known releases", () => {
    const uses = new DeprecatedUses(protocol);
    for (let at = 0; at < 5_000; at++) {
      uses.add(uses.versionOf({ release: 100 + at, schema: "" }), echo);
      uses.add(uses.versionOf({ release: 0, schema: madeUp(at) }), note);
    }
    for (const release of [1, 2, 3]) uses.add(release, echo);
    uses.add(unknownClient, echo);
    const entries = uses.entries();
    expect(entries).toHaveLength(mostUnknownClients + 2 + 4);
    expect(entries.filter(({ release = 9 }) => release < 4).map(({ calls }) => calls)).toEqual([1, 1, 1]);
    const others = entries.filter(({ schema }) => schema === otherClients);
    expect(others.map(({ calls }) => calls)).toEqual([5_000 - 16, 5_000 - 16]);
    expect(entries.reduce((sum, { calls }) => sum + calls, 0)).toBe(10_004);
  });

  it("are empty where no command is deprecated, and the version of a client is known all the same", () => {
    const uses = new DeprecatedUses({ ...protocol, commands: [commands.echo] });
    expect(uses.versionOf({ release: 0, schema: second })).toBe(2);
    expect(uses.entries()).toEqual([]);
  });
});
