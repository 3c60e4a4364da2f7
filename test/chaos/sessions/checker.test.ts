import { describe, expect, test } from "vitest";
import { check, type Findings, type RoundFacts } from "./checker.ts";
import { NodeLedger, type PlayerLog, type PushLog, type RequestLog } from "./logs.ts";

const calm: RoundFacts = { isServerStruck: false, mustSurvive: true, liveStreams: [["a.1", 3]] };

function request(number: number, more: Partial<RequestLog> = {}): RequestLog {
  const ended = { endings: 1, isAnswered: true, code: "", outcome: undefined, isImpatient: false };
  return { name: "turn", number, madeIn: "gate/1", endedIn: "gate/1", ...ended, ...more };
}

function failed(number: number, outcome: string, more: Partial<RequestLog> = {}): RequestLog {
  return request(number, { isAnswered: false, code: "UNAVAILABLE", outcome, ...more });
}

function push(number: number): PushLog {
  return { stream: "a.1", number, refused: 0, isOfGroup: false };
}

/** A log without a fault, with these changes. */
function log(more: Partial<PlayerLog> = {}): PlayerLog {
  return {
    player: 1,
    requests: [request(1), request(2)],
    pushes: [1, 2, 3].map(push),
    latest: [
      { stream: "a.1", key: "0", number: 1 },
      { stream: "a.1", key: "0", number: 4 },
    ],
    notes: 2,
    notesLost: 1,
    sessions: ["gate/1"],
    refusedEvents: 0,
    resumes: 3,
    ...more,
  };
}

function found(
  player: PlayerLog,
  lines = ["turn 1 1", "turn 1 2", "note 1 1", "push a.1 1 3"],
  facts = calm,
): Findings {
  const ledger = new NodeLedger();
  ledger.takeAll(`${lines.join("\n")}\n`);
  return check([player], ledger, facts);
}

describe("the checker of session logs", () => {
  test("finds nothing in logs without a fault", () => {
    const { problems, ...counts } = found(log());
    expect(problems).toEqual([]);
    expect(counts).toEqual({
      requests: 2,
      answered: 2,
      lost: 0,
      twice: 0,
      pushes: 3,
      gaps: 0,
      reordered: 0,
    });
  });

  const notes = "note 1 1";
  test.each([
    ["a request that ran twice", log(), ["turn 1 1", "turn 1 1", "turn 1 2", notes], { twice: 1 }],
    [
      "a request that was answered twice",
      log({ requests: [request(1, { endings: 2 })] }),
      undefined,
      { twice: 1 },
    ],
    [
      "a request without an ending",
      log({ requests: [request(1), request(2, { endings: 0 })] }),
      undefined,
      { lost: 1 },
    ],
    ["an answer without a run", log(), ["turn 1 1", notes], { lost: 1 }],
    ["a failure without an outcome", log({ requests: [request(1), failed(2, "")] }), undefined, { lost: 2 }],
    [
      "a failure in a session that survived",
      log({ requests: [request(1), failed(2, "may have run")] }),
      undefined,
      { lost: 1 },
    ],
    [
      "a request that ran, although it is named as not run",
      log({ requests: [request(1), failed(2, "not run", { isImpatient: true })] }),
      undefined,
      { twice: 1 },
    ],
    [
      "a request that ran, although it is named as not sent",
      log({ requests: [request(1), failed(2, "not sent", { isImpatient: true })] }),
      undefined,
      { twice: 1 },
    ],
    [
      "a missing push",
      log({
        pushes: [push(1), push(3)],
      }),
      undefined,
      { gaps: 1 },
    ],
    ["missing last pushes", log({ pushes: [push(1)] }), undefined, { gaps: 2 }],
    ["a repeated push", log({ pushes: [1, 1, 2, 3].map(push) }), undefined, { reordered: 1 }],
    [
      "a latest-wins push that goes back",
      log({ latest: [5, 4].map((number) => ({ stream: "a.1", key: "0", number })) }),
      undefined,
      { reordered: 1 },
    ],
    [
      "a notify that arrived twice",
      log({ notesLost: 1 }),
      ["turn 1 1", "turn 1 2", notes, notes],
      { twice: 1 },
    ],
    ["a wrong count of lost notifies", log({ notesLost: 0 }), undefined, {}],
    [
      "a session that did not survive",
      log({ sessions: ["gate/1", "gate/2"], refusedEvents: 1 }),
      undefined,
      {},
    ],
    ["a request that nobody made", log({ requests: [request(1)] }), undefined, {}],
  ] as const)("finds %s", (_, player, lines, counts) => {
    const findings = found(player, lines === undefined ? undefined : [...lines]);
    expect(findings.problems).not.toEqual([]);
    expect(findings).toMatchObject(counts);
  });

  test("finds a refused resume that was told twice, or never", () => {
    const facts = { ...calm, mustSurvive: false };
    const refused = (refusedEvents: number) => log({ sessions: ["gate/1", "gate/2"], refusedEvents });
    expect(found(refused(1), undefined, facts).problems).toEqual([]);
    expect(found(refused(2), undefined, facts).problems).toHaveLength(1);
    expect(found(refused(0), undefined, facts).problems).toHaveLength(1);
  });

  test("lets a session begin with any push to its group, and finds a gap after that", () => {
    const toGroup = (number: number, refused = 0): PushLog => ({ ...push(number), refused, isOfGroup: true });
    const facts = { ...calm, mustSurvive: false, liveStreams: [["a.1", 20]] as const };
    const member = { sessions: ["gate/1", "gate/2"], refusedEvents: 1 };
    const whole = [toGroup(4), toGroup(5), toGroup(19, 1), toGroup(20, 1)];
    expect(found(log({ ...member, pushes: whole }), undefined, facts).problems).toEqual([]);
    expect(found(log({ ...member, pushes: whole.toSpliced(2, 1) }), undefined, facts).gaps).toBe(0);
    expect(found(log({ ...member, pushes: whole.with(1, toGroup(6)) }), undefined, facts).gaps).toBe(1);
    expect(found(log({ ...member, pushes: whole.slice(0, 3) }), undefined, facts).gaps).toBe(1);
  });

  test("allows failures whose outcome is true when a server was struck", () => {
    const facts = { ...calm, isServerStruck: true };
    const requests = [request(1), failed(2, "may have run"), failed(3, "not run")];
    expect(found(log({ requests }), undefined, facts).problems).toEqual([]);
  });
});
