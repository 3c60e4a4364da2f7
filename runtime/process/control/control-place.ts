import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fail } from "../../../schema/errors.ts";
import { makePrivateFolder } from "./private-folder.ts";

/** Where a running topology can be reached. */
export interface ControlPlace {
  /** The topology file. */
  readonly config: string;
  /** The gate or node that runs alone. */
  readonly only: string | undefined;
  /** A folder that only this user may enter. */
  readonly directory: string;
  /** The Unix socket. */
  readonly socket: string;
  /** The file with the token that a caller must show. */
  readonly token: string;
}

/** What fits into `sockaddr_un` on every Unix, in bytes. */
const maxSocketPathBytes = 103;

/**
 * The place of a topology file's supervisor: the same file (and, with `--only`, the same name) leads to the same place.
 * It is in the user's runtime folder, not beside the file, because the path of a Unix socket must be short.
 */
export function controlPlace(config: string, only?: string, environment = process.env): ControlPlace {
  const id = createHash("sha256")
    .update(`${config}\0${only ?? ""}`)
    .digest("hex")
    .slice(0, 20);
  const uid = userInfo().uid;
  const bases = [environment["XDG_RUNTIME_DIR"], tmpdir(), "/tmp"];
  for (const base of bases) {
    if (base === undefined || base === "" || !isDirectory(base)) continue;
    const directory = join(base, `photinus-${uid}`);
    const socket = join(directory, `${id}.sock`);
    if (Buffer.byteLength(socket) > maxSocketPathBytes) continue;
    return { config, only, directory, socket, token: join(directory, `${id}.token`) };
  }
  throw fail("FAILED_PRECONDITION", `there is no folder for the control socket; tried ${bases.join(", ")}`);
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Makes the folder, or refuses one that somebody else made or may enter. Throws FAILED_PRECONDITION. */
export function prepareDirectory(place: ControlPlace): void {
  const wrong = makePrivateFolder(place.directory);
  if (wrong === undefined) return;
  throw fail(
    "FAILED_PRECONDITION",
    `${place.directory} ${wrong}; remove it, it must be yours alone (mode 0700)`,
  );
}
