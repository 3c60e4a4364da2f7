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
 * Asks the supervisor of a topology. Throws UNAVAILABLE when none runs, PERMISSION_DENIED when it refuses,
 * DEADLINE_EXCEEDED when it does not answer.
 */
export async function askControl(
  place: ControlPlace,
  ask: ControlRequest["ask"],
): Promise<ControlAnswer & { ok: true }> {
  const token = readToken(place);
  const line = await exchange(place, `${JSON.stringify({ token, ask } satisfies ControlRequest)}\n`);
  const answer = readAnswer(line);
  if (answer === undefined) throw fail("INTERNAL", "the answer of the running process is not understood");
  if (!answer.ok) throw fail("PERMISSION_DENIED", `the running process refused: ${answer.reason}`);
  return answer;
}

/** True when something answers at a Unix socket; false when its file was left behind, or is not there. */
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
  // A folder that others can write to could lead us to their socket.
  const fault = folderFault(place.directory);
  if (fault !== undefined && fault !== "is not there") {
    throw fail("FAILED_PRECONDITION", `${place.directory} ${fault}; remove it`);
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
      `there is no file ${config}, and nothing runs from it; name another with --config FILE`,
    );
  }
  const [what, command] =
    only === undefined
      ? [`nothing runs from ${config}`, `photinus start --config ${config}`]
      : [`${only} of ${config} was not started alone`, `photinus start --only ${only} --config ${config}`];
  return fail("UNAVAILABLE", `${what}; start it with: ${command}`);
}

function exchange(place: ControlPlace, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(place.socket);
    socket.setEncoding("utf8");
    socket.setTimeout(exchangeTimeoutMs, () => {
      socket.destroy();
      reject(fail("DEADLINE_EXCEEDED", "the running process does not answer"));
    });
    socket.on("connect", () => socket.write(request));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const gone = error.code === "ENOENT" || error.code === "ECONNREFUSED";
      reject(
        gone
          ? notRunning(place)
          : fail("UNAVAILABLE", `the running process cannot be asked: ${error.message}`),
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
