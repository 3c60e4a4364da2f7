import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { DialerChallenge, ListenerChallenge } from "../../../runtime/rpc/trust/challenge.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { Lines } from "../../setup/lines.ts";

const former = "former-key-0123456789-abcdefghijklmnop";
const newer = "newer-key-0123456789-abcdefghijklmnop";
const folder = mkdtempSync(join(tmpdir(), "photinus-keys-"));
const file = join(folder, "link.key");

afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  delete process.env["LINK_TEST_KEY"];
});

const wrong = [
  ["a short key", "short-0123456789", "found a key of 16 characters"],
  ["a key of one character", "a".repeat(64), "found a key of fewer than 8 different characters"],
  ["bytes that are not text", "\u0007".repeat(40), "found a character that is not printable ASCII"],
  ["only white space", " \n ", ""],
  [
    "nine keys",
    Array.from({ length: 9 }, (_, at) => `${former}${at}`).join("\n"),
    "found 9 link keys; expected 1 to 8",
  ],
] as const;

describe("link keys", () => {
  test.each(wrong)("%s is refused, with the name of its place and never with its text", (_, text, reason) => {
    writeFileSync(file, text);
    process.env["LINK_TEST_KEY"] = text;
    for (const [source, place] of [
      [{ file }, `the file ${file}`],
      [{ env: "LINK_TEST_KEY" }, "the environment variable LINK_TEST_KEY"],
    ] as const) {
      let found = "";
      try {
        LinkKeys.read([source]);
      } catch (error) {
        found = String(error);
      }
      expect(found).toContain("FAILED_PRECONDITION");
      expect(found).toContain(reason);
      if (!reason.startsWith("found 9")) expect(found).toContain(place);
      if (text.trim() !== "") expect(found).not.toContain(text);
    }
  });

  test("a missing file and a variable that is not set are named", () => {
    const missing = join(folder, "missing.key");
    expect(() => LinkKeys.read([{ file: missing }])).toThrow(`the file ${missing} cannot be read: ENOENT`);
    expect(() => LinkKeys.read([{ env: "LINK_TEST_KEY" }])).toThrow("variable LINK_TEST_KEY is not set");
  });

  test("a file and a variable hold several keys; the order is the preference", () => {
    writeFileSync(file, `${newer}\n${former}\n`);
    process.env["LINK_TEST_KEY"] = LinkKeys.random();
    const keys = LinkKeys.read([{ file }, { env: "LINK_TEST_KEY" }]);
    const ids = LinkKeys.of(newer, former).accepted.map(({ id }) => id);
    expect(keys.accepted).toHaveLength(3);
    expect(keys.accepted.slice(0, 2).map(({ id }) => id)).toEqual(ids);
  });

  test("neither inspect nor JSON shows a key", () => {
    const keys = LinkKeys.of(former);
    expect(inspect(keys.accepted, { depth: 9, showHidden: true })).not.toContain("former");
    expect(JSON.stringify(keys.accepted)).not.toContain("former");
  });

  test("a changed file is read within a second; a bad one is logged once, and the former keys stay", () => {
    const clock = new FakeClock();
    const log = new Lines();
    writeFileSync(file, former);
    const keys = LinkKeys.read([{ file }]);
    const watch = keys.watch(clock, log);
    const [id] = keys.accepted.map((key) => key.id);
    writeFileSync(file, `${newer}\n${former}`);
    clock.advance(1_000);
    expect(keys.accepted).toHaveLength(2);
    writeFileSync(file, "half a k");
    clock.advance(5_000);
    expect(keys.accepted).toHaveLength(2);
    expect(keys.find(id!)).toBeDefined();
    writeFileSync(file, newer);
    clock.advance(1_000);
    expect(keys.find(id!)).toBeUndefined();
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info link keys reloaded",
      "error link keys not reloaded; the former keys stay",
      "info link keys reloaded",
    ]);
    watch.stop();
    expect(clock.timerCount).toBe(0);
  });
});

describe("the exchange of proofs", () => {
  const identity = { listener: "gate-1", dialer: "probe-1", kind: "node", role: "probe" } as const;

  test("two sides with one key in common prove themselves, whichever key is first", () => {
    for (const [ours, theirs] of [
      [[former], [former]],
      [[newer, former], [former]],
      [[former], [newer, former]],
      [
        [newer, former],
        [former, newer],
      ],
    ] as const) {
      const dialer = new DialerChallenge(LinkKeys.of(...ours));
      const listener = new ListenerChallenge(LinkKeys.of(...theirs));
      const challenged = listener.challenge(dialer.nonce, dialer.offered, 1);
      listener.prove(dialer.answer(challenged));
      const welcome = listener.introduce(dialer.introduce(identity), identity);
      dialer.checkWelcome(welcome, identity);
      expect(listener.proved).toBe(true);
    }
  });

  test("a gate without the key, and one that repeats the dialer's own proof or nonce, proves nothing", () => {
    const keys = LinkKeys.of(former);
    const dialer = new DialerChallenge(keys);
    const [id] = dialer.offered;
    const zeros = new Uint8Array(32);
    expect(() => dialer.answer({ nonce: zeros, key: id!, proof: zeros })).toThrow("UNAUTHENTICATED");
    // Reflection: another link of the same process answers the nonce of this one.
    const reflected = new DialerChallenge(keys);
    const own = new ListenerChallenge(keys).challenge(reflected.nonce, reflected.offered, 1);
    expect(() => dialer.answer(own)).toThrow("UNAUTHENTICATED");
    const proof = reflected.answer(own);
    expect(() => dialer.answer({ ...own, proof })).toThrow("UNAUTHENTICATED");
    expect(() => dialer.introduce(identity)).toThrow("UNAUTHENTICATED");
    expect(() => dialer.checkWelcome(proof, identity)).toThrow("UNAUTHENTICATED");
  });

  test("a peer proves itself once for each challenge, and a proof of another link is wrong", () => {
    const keys = LinkKeys.of(former);
    const [one, two] = [new ListenerChallenge(keys), new ListenerChallenge(keys)];
    const dialer = new DialerChallenge(keys);
    const proof = dialer.answer(one.challenge(dialer.nonce, dialer.offered, 1));
    two.challenge(dialer.nonce, dialer.offered, 1);
    expect(() => two.prove(proof)).toThrow("UNAUTHENTICATED");
    expect(() => two.introduce(dialer.introduce(identity), identity)).toThrow("UNAUTHENTICATED");
    one.prove(proof);
    expect(() => one.challenge(dialer.nonce, dialer.offered, 1)).toThrow("FAILED_PRECONDITION");
    expect(() => one.introduce(dialer.introduce(identity), { ...identity, role: "admin" })).toThrow(
      "UNAUTHENTICATED",
    );
    expect(() => one.introduce(proof, identity)).toThrow("UNAUTHENTICATED");
  });

  test.each([
    ["a short nonce", new Uint8Array(31), [new Uint8Array(8)]],
    ["a key id of another size", new Uint8Array(32), [new Uint8Array(7)]],
    ["very many key ids", new Uint8Array(32), Array.from({ length: 17 }, () => new Uint8Array(8))],
  ])("%s is refused", (_, nonce, offered) => {
    const listener = new ListenerChallenge(LinkKeys.of(former));
    expect(() => listener.challenge(nonce, offered, 1)).toThrow("INVALID_ARGUMENT");
  });
});
