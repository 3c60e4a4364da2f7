import { fail, type PhotinusError } from "../../../schema/errors.ts";
import { describe, pathText } from "../../options/option-resolver.ts";
import type { Path, Report } from "../../options/option-rules.ts";

/** Codes of all problems of a topology file. `docs/CONFIGURATION.md` has one row for each. */
export const problemCodes = [
  "file-missing",
  "file-unreadable",
  "json-syntax",
  "no-topology",
  "unknown-option",
  "renamed-option",
  "missing-option",
  "wrong-kind",
  "out-of-range",
  "bad-name",
  "bad-host",
  "bad-port",
  "duplicate-name",
  "same-port",
  "module-missing",
  "key-unusable",
  "protocol-unusable",
  "role-missing",
  "role-unused",
  "links-open",
  "links-plaintext",
  "links-readable",
  "auth-missing",
  "classic-off",
  "two-stores",
] as const;

/** Code of a {@link Problem}. */
export type ProblemCode = (typeof problemCodes)[number];

/** Codes of problems that do not prevent a start. */
const warnings: readonly ProblemCode[] = ["role-unused", "links-readable", "auth-missing", "classic-off"];

/** One problem of a topology, with its place and its remedy. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly path: Path;
  /** Description of the fault and the value found. */
  readonly wrong: string;
  /** Instruction that solves the problem. */
  readonly remedy: string;
}

/** Finds the place of a path in the file's text; lines and columns start at 1. */
export type Locate = (path: Path) => { readonly line: number; readonly column: number } | undefined;

/** Collects the problems of one topology. */
export class Problems {
  readonly all: Problem[] = [];

  /** Adds a fault that an option rule reports. */
  readonly report: Report = (fault, path, value, about) => {
    const { problem, wrong, remedy } = describe(fault, value, about);
    this.add(problem, path, wrong, remedy);
  };

  add(code: ProblemCode, path: Path, wrong: string, remedy: string): void {
    this.all.push({ code, severity: warnings.includes(code) ? "warning" : "error", path, wrong, remedy });
  }

  get errors(): readonly Problem[] {
    return this.all.filter((problem) => problem.severity === "error");
  }

  get warnings(): readonly Problem[] {
    return this.all.filter((problem) => problem.severity === "warning");
  }
}

/** Formats a problem as one line: place, path, fault, remedy, code. */
export function problemText(problem: Problem, file: string, locate?: Locate): string {
  const at = locate?.(problem.path);
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  const path = pathText(problem.path);
  return `${place}: ${path === "" ? "" : `${path}: `}${problem.wrong}; ${problem.remedy} [${problem.code}]`;
}

/** Makes the INVALID_ARGUMENT error of a rejected topology; its reason has one line for each problem. */
export function refusal(problems: readonly Problem[], file: string, locate?: Locate): PhotinusError {
  return fail("INVALID_ARGUMENT", problems.map((problem) => problemText(problem, file, locate)).join("\n"));
}
