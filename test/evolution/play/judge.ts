import { verdictOf } from "../corpus/found.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings, Party } from "./finding.ts";

const safe = ["S", "S!"];

interface Told {
  readonly rule: string;
  readonly classes: readonly string[];
  readonly hurts: readonly string[];
}

/**
 * Judges what the player has found in a pair by what the pair expects. Returns why the pair is not proven, or undefined.
 *
 * Each change that is not safe must hurt one of the parties that it names. A pair that does not break (B) must hurt no other
 * party. A lowered auth must let a session in.
 */
export function unproven(pair: Pair, findings: Findings): string | undefined {
  const told = pair.expected.map(toldOf);
  const unsafe = told.filter(({ classes }) => classes.some((one) => !safe.includes(one)));
  const named = new Set(unsafe.flatMap(({ hurts }) => hurts));
  const stray = findings.all.find(({ party }) => !named.has(party));
  if (stray !== undefined && verdictOf(pair) !== "B") return `${stray.party} is hurt: ${stray.what}`;
  const mute = unsafe.find(({ hurts }) => !findings.all.some(({ party }) => hurts.includes(party)));
  if (mute !== undefined) return `${mute.rule} hurts nobody`;
  const isOpened = told.some(({ rule }) => rule === "auth-lowered");
  return isOpened && findings.opened.length === 0 ? "auth-lowered lets nobody in" : undefined;
}

function toldOf(text: string): Told {
  const [words = "", parties = ""] = text.split(" | ");
  const [rule = "", ...classes] = words.split(" ");
  return { rule, classes, hurts: parties.split(", ") satisfies readonly (Party | string)[] };
}
