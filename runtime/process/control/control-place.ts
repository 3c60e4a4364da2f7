import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fail } from "../../../schema/errors.ts";
import { makePrivateFolder } from "./private-folder.ts";

/** Location of the control socket of a running topology. */
export interface ControlPlace {
  /** Path of the topology file. */
  readonly config: string;
  /** Name of the gate or node that runs alone; undefined for the whole topology. */
  readonly only: string | undefined;
  /** Private folder of this user, mode 0700. */
  readonly directory: string;
  /** Path of the Unix socket. */
  readonly socket: string;
  /** Path of the file with the token that each request carries. */
  readonly token: string;
}

/** Longest path that fits into `sockaddr_un` on every Unix, in bytes. */
const maxSocketPathBytes = 103;

/**
 * Finds the control socket of a topology file; equal arguments give equal places. The socket is in the user's runtime folder
 * (XDG_RUNTIME_DIR, else the temporary folder), not beside the file, because the path of a Unix socket must be short.
 * Throws FAILED_PRECONDITION when no folder is suitable.
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
  throw fail("FAILED_PRECONDITION", `no folder for the control socket; tried ${bases.join(", ")}`);
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Creates the private folder. Throws FAILED_PRECONDITION for a folder that another user owns or may enter. */
export function prepareDirectory(place: ControlPlace): void {
  const wrong = makePrivateFolder(place.directory);
  if (wrong === undefined) return;
  throw fail(
    "FAILED_PRECONDITION",
    `${place.directory} ${wrong}; remove it; expected your own folder of mode 0700`,
  );
}
