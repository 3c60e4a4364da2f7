import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { fail } from "../../../schema/errors.ts";
import type { CanaryChange } from "../supervisor/canary-settings.ts";
import type { Restart, Restarted } from "../supervisor/status-report.ts";
import {
  type ControlAnswer,
  type ControlAsk,
  type ControlRequest,
  codeOf,
  exchangeTimeoutMs,
  maxAnswerBytes,
  readAnswer,
  readProgress,
} from "./control-exchange.ts";
import type { ControlPlace } from "./control-place.ts";
import { folderFault } from "./private-folder.ts";

/**
 * Sends one request to the supervisor of a topology. Throws UNAVAILABLE when no supervisor runs, PERMISSION_DENIED when it
 * rejects the request, DEADLINE_EXCEEDED when it does not answer within 5 s, FAILED_PRECONDITION for an unsafe folder.
 */
export async function askControl(
  place: ControlPlace,
  ask: "status" | "stop",
): Promise<ControlAnswer & { ok: true }> {
  return request(place, { ask }, { timeoutMs: exchangeTimeoutMs, onLine: () => {} });
}

/**
 * Restarts a gate or node, or all nodes, and calls `onRestarted` for each that is done. Waits as long as it takes. Throws the
 * errors of {@link askControl}, and those of the restart.
 */
export async function askRestart(
  place: ControlPlace,
  { name }: Restart,
  onRestarted: (restarted: Restarted) => void,
): Promise<void> {
  const onLine = (line: string) => {
    const progress = readProgress(line);
    if (progress !== undefined) onRestarted(progress.restarted);
  };
  await request(place, { ask: "restart", ...(name === undefined ? {} : { name }) }, { timeoutMs: 0, onLine });
}

/**
 * Sets the least release of clients that may enter the gates of a topology. Throws the errors of {@link askControl}, and
 * FAILED_PRECONDITION when the number is above the release of a gate.
 */
export async function askMinRelease(place: ControlPlace, minRelease: number): Promise<void> {
  await request(place, { ask: "clients", minRelease }, { timeoutMs: exchangeTimeoutMs, onLine: () => {} });
}

/**
 * Changes what canary nodes of a topology take. The change goes on after the answer, until all gates have made it. Throws the errors of
 * {@link askControl}, and those of `CanarySettings.change`.
 */
export async function askCanary(place: ControlPlace, change: CanaryChange): Promise<void> {
  await request(place, { ask: "canary", change }, { timeoutMs: exchangeTimeoutMs, onLine: () => {} });
}

/** Course of an exchange: its timeout (0: none), and the receiver of the lines before the answer. */
interface Course {
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
}

async function request(
  place: ControlPlace,
  ask: ControlAsk,
  course: Course,
): Promise<ControlAnswer & { ok: true }> {
  const token = readToken(place);
  const line = await exchange(
    place,
    `${JSON.stringify({ token, ...ask } satisfies ControlRequest)}\n`,
    course,
  );
  const answer = readAnswer(line);
  if (answer === undefined)
    throw fail("INTERNAL", 'invalid answer from the running process; expected one line of JSON with "ok"');
  if (answer.ok) return answer;
  const code = codeOf(answer);
  if (code !== undefined) throw fail(code, answer.reason);
  throw fail("PERMISSION_DENIED", `the running process rejected the request: ${answer.reason}`);
}

/** Whether a process accepts connections at a Unix socket. Resolves with false for a missing or stale socket file. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function readToken(place: ControlPlace): string {
  // In a folder that other users can write to, the socket may be theirs.
  const fault = folderFault(place.directory);
  if (fault !== undefined && fault !== "does not exist") {
    throw fail(
      "FAILED_PRECONDITION",
      `${place.directory} ${fault}; remove it; expected a folder of mode 0700`,
    );
  }
  try {
    return readFileSync(place.token, "utf8");
  } catch {
    throw notRunning(place);
  }
}

function notRunning({ config, only }: ControlPlace) {
  if (!existsSync(config)) {
    return fail(
      "UNAVAILABLE",
      `${config} does not exist, and no process runs from it; choose another file with --config FILE`,
    );
  }
  const [what, command] =
    only === undefined
      ? [`no process runs from ${config}`, `photinus start --config ${config}`]
      : [`${only} of ${config} is not running alone`, `photinus start --only ${only} --config ${config}`];
  return fail("UNAVAILABLE", `${what}; start it with: ${command}`);
}

/** Sends a request. Resolves with the last line of the answer. */
function exchange(place: ControlPlace, request: string, { timeoutMs, onLine }: Course): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    let last: string | undefined;
    const socket = connect(place.socket);
    socket.setEncoding("utf8");
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      reject(fail("DEADLINE_EXCEEDED", `the running process did not answer within ${timeoutMs} ms`));
    });
    socket.on("connect", () => socket.write(request));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const gone = error.code === "ENOENT" || error.code === "ECONNREFUSED";
      reject(
        gone
          ? notRunning(place)
          : fail("UNAVAILABLE", `cannot connect to the running process: ${error.message}`),
      );
    });
    socket.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        last = text.slice(0, end);
        text = text.slice(end + 1);
        onLine(last);
      }
      if (text.length > maxAnswerBytes) socket.destroy();
    });
    socket.on("close", () => {
      if (last !== undefined) resolve(last);
      else reject(fail("UNAVAILABLE", "the running process closed the connection without an answer"));
    });
  });
}
