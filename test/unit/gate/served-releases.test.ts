import { describe, expect, test } from "vitest";
import {
  ClientReleases,
  clientReleasesOption,
  refusalText,
} from "../../../runtime/gate/entrance/client-releases.ts";
import {
  judgeRelease,
  leastServed,
  type ServedReleases,
  serverRelease,
} from "../../../runtime/gate/entrance/served-releases.ts";
import { leastServerFrameBytes } from "../../../runtime/gate/gate-options.ts";
import { resolveOptions } from "../../../runtime/options/option-resolver.ts";
import { object } from "../../../runtime/options/option-rules.ts";
import { encode } from "../../../runtime/wire/codec/codec.ts";
import { Kick } from "../../../runtime/wire/generated/photinus/control.ts";

const broken = "the reply of meadow.Meadow.Enter has another type";

/** A server of release 5 whose schema clients of release 2 and earlier do not understand. */
const served: ServedReleases = {
  fingerprint: "f5",
  release: 5,
  releases: [
    { number: 1, fingerprint: "f1", breaks: "command 201 was removed" },
    { number: 2, fingerprint: "f2", breaks: broken },
    { number: 3, fingerprint: "f3" },
    { number: 4, fingerprint: "f3" },
    { number: 5, fingerprint: "f5" },
  ],
  minRelease: 0,
  allowNewer: false,
};

const judge = (release: number, schema: string, more: Partial<ServedReleases> = {}) =>
  judgeRelease({ release, schema }, { ...served, ...more });

const tooOld = (change = "") => ({ tooNew: false, minRelease: 3, serverRelease: 5, change });
const tooNew = { tooNew: true, minRelease: 3, serverRelease: 5, change: "" };

describe("a client is served", () => {
  test.each([
    ["of the server's own release", 5, "f5"],
    ["of an earlier release that understands the schema", 3, "f3"],
    ["of an earlier release, by its fingerprint alone", 0, "f3"],
    ["of an earlier release, by its number alone", 4, ""],
    ["of a later number with a known schema", 6, "f3"],
    ["of a later number with the server's schema", 9, "f5"],
    ["without release and fingerprint", 0, ""],
    ["of an unreleased schema", 0, "f-unreleased"],
    ["of an earlier number with a fingerprint that the server does not know", 3, "f-unreleased"],
  ])("%s", (_name, release, schema) => {
    expect(judge(release, schema)).toBeUndefined();
  });

  test("of a later release, where newer clients are allowed", () => {
    expect(judge(6, "f6", { allowNewer: true })).toBeUndefined();
  });

  test("of any release, by a server whose schema was never released", () => {
    const never = { release: 0, releases: [] };
    expect(judge(6, "f6", never)).toBeUndefined();
    expect(judge(1, "f1", never)).toBeUndefined();
  });

  test("of the minimum itself", () => {
    expect(judge(4, "f3", { minRelease: 4 })).toBeUndefined();
  });
});

describe("a client is too old", () => {
  test("when its release does not understand the schema: by its number, by its fingerprint, and by both", () => {
    expect(judge(2, "f2")).toEqual(tooOld(broken));
    expect(judge(2, "")).toEqual(tooOld(broken));
    expect(judge(0, "f2")).toEqual(tooOld(broken));
    expect(judge(1, "f1")).toEqual(tooOld("command 201 was removed"));
  });

  test("when its fingerprint is that of such a release, whatever number it has", () => {
    expect(judge(5, "f2")).toEqual(tooOld(broken));
    expect(judge(9, "f2")).toEqual(tooOld(broken));
  });

  test("when it is below the minimum, also with a schema that the server knows", () => {
    const minRelease = 5;
    expect(judge(3, "f3", { minRelease })).toEqual({ ...tooOld(), minRelease });
    expect(judge(0, "f3", { minRelease })).toEqual({ ...tooOld(), minRelease });
    expect(judge(4, "f5", { minRelease })).toEqual({ ...tooOld(), minRelease });
  });

  test("where newer clients are allowed, too", () => {
    expect(judge(2, "f2", { allowNewer: true })).toEqual(tooOld(broken));
  });

  test("when the schema that it does not understand is not released yet", () => {
    const unreleased: Partial<ServedReleases> = {
      fingerprint: "f-next",
      release: 6,
      releases: [{ number: 5, fingerprint: "f5", breaks: broken }],
    };
    expect(judge(5, "f5", unreleased)).toEqual({ ...tooOld(broken), minRelease: 6, serverRelease: 6 });
  });
});

describe("a client of one of several releases with one fingerprint", () => {
  const policy = "meadow.Meadow.Enter was idempotent and is not any more";
  const same: Partial<ServedReleases> = {
    fingerprint: "f1",
    release: 2,
    releases: [
      { number: 1, fingerprint: "f1", breaks: policy },
      { number: 2, fingerprint: "f1" },
    ],
  };

  test("is too old when its release does not understand the policy of the server", () => {
    const refusal = { tooNew: false, minRelease: 2, serverRelease: 2, change: policy };
    expect(judge(1, "f1", same)).toEqual(refusal);
    const later = [...(same.releases ?? []), { number: 3, fingerprint: "f3" }];
    expect(judge(1, "f1", { releases: later, fingerprint: "f3", release: 3 })).toMatchObject({
      change: policy,
    });
  });

  test("is served when its release is the later one, or unknown", () => {
    expect(judge(2, "f1", same)).toBeUndefined();
    expect(judge(0, "f1", same)).toBeUndefined();
  });

  test("is served when the policy has changed since the server's release, which the client may know", () => {
    const unreleased = { ...same, release: 1, releases: (same.releases ?? []).slice(0, 1) };
    expect(judge(1, "f1", unreleased)).toBeUndefined();
  });
});

describe("a client is too new", () => {
  test("when its number is above the server's, and the server does not know its schema", () => {
    expect(judge(6, "f6")).toEqual(tooNew);
    expect(judge(6, "")).toEqual(tooNew);
    expect(judge(4_294_967_295, "f6")).toEqual(tooNew);
  });

  test("when its number is above that of a schema that is not released yet", () => {
    const unreleased = { fingerprint: "f-next", release: 6 };
    expect(judge(7, "f7", unreleased)).toEqual({ ...tooNew, serverRelease: 6 });
    expect(judge(6, "f6", { fingerprint: "f-next", release: 0 })).toEqual(tooNew);
  });
});

test("the server's range begins after the last release that does not understand its schema, or at the minimum", () => {
  expect(leastServed(served)).toBe(3);
  expect(leastServed({ ...served, minRelease: 4 })).toBe(4);
  expect(leastServed({ ...served, minRelease: 1 })).toBe(3);
  expect(leastServed({ ...served, releases: [] })).toBe(0);
});

test("a protocol with releases, and without a number, counts as the last of them", () => {
  expect(serverRelease(served)).toBe(5);
  expect(serverRelease({ ...served, release: 0 })).toBe(5);
  expect(serverRelease({})).toBe(0);
});

test("the text of a refusal names the releases and the change", () => {
  expect(refusalText({ release: 2 }, tooOld(broken))).toBe(
    `the client's release 2 is too old; expected release 3 or later: ${broken}`,
  );
  expect(refusalText({ release: 0 }, tooOld())).toBe("the client is too old; expected release 3 or later");
  expect(refusalText({ release: 6 }, tooNew)).toBe(
    "the client's release 6 is newer than the server's release 5",
  );
});

test("the change and the address of a refusal fit into the smallest frame, however long they are", () => {
  const protocol = { ...served, commands: [], pushes: [], methods: [] };
  const breaks = "\u00e9\u20ac".repeat(1_000_000);
  const releases = [{ number: 1, fingerprint: "f1", breaks }];
  const options = { minRelease: 0, allowNewer: false, upgradeUrl: undefined };
  const client = { release: 1, schema: "f1" };
  const refusal = new ClientReleases({ ...protocol, releases }, options).judge(client);
  expect(refusal?.change).toHaveLength(320);
  const reason = refusal && refusalText(client, refusal);
  const longestUrl = `https://play.example/${"x".repeat(1_003)}`;
  const kick = { code: 17, reason: reason ?? "", ...refusal, url: longestUrl };
  expect(encode(Kick, Kick.create(kick)).length).toBeLessThan(leastServerFrameBytes);
  const rule = object({ clients: clientReleasesOption });
  const given = (upgradeUrl: string) => () => resolveOptions("test", rule, { clients: { upgradeUrl } });
  expect(given(longestUrl)).not.toThrow();
  for (const url of [`${longestUrl}x`, `https://play.example/${"\u20ac".repeat(900)}`, "no address"])
    expect(given(url)).toThrow("upgradeUrl");
});
