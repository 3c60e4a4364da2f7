import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { fail } from "../../../schema/errors.ts";
import {
  type ControlAnswer,
  type ControlRequest,
  exchangeTimeoutMs,
  maxAnswerBytes,
  readAnswer,
} from "./control-exchange.ts";
import type { ControlPlace } from "./control-place.ts";
import { folderFault } from "./private-folder.ts";

/**
 * Sends one request to the supervisor of a topology. Throws UNAVAILABLE when no supervisor runs, PERMISSION_DENIED when it
 * rejects the request, DEADLINE_EXCEEDED when it does not answer within 5 s, FAILED_PRECONDITION for an unsafe folder.
 */
export async function askControl(
  place: ControlPlace,
  ask: ControlRequest["ask"],
): Promise<ControlAnswer & { ok: true }> {
  const token = readToken(place);
  const line = await exchange(place, `${JSON.stringify({ token, ask } satisfies ControlRequest)}\n`);
  const answer = readAnswer(line);
  if (answer === undefined)
    throw fail("INTERNAL", 'invalid answer from the running process; expected one line of JSON with "ok"');
  if (!answer.ok)
    throw fail("PERMISSION_DENIED", `the running process rejected the request: ${answer.reason}`);
  return answer;
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

function exchange(place: ControlPlace, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(place.socket);
    socket.setEncoding("utf8");
    socket.setTimeout(exchangeTimeoutMs, () => {
      socket.destroy();
      reject(fail("DEADLINE_EXCEEDED", `the running process did not answer within ${exchangeTimeoutMs} ms`));
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
      if (text.length > maxAnswerBytes) socket.destroy();
    });
    socket.on("close", () => {
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else reject(fail("UNAVAILABLE", "the running process closed the connection without an answer"));
    });
  });
}
