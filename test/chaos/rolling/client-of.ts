import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { connect } from "@photinus/client/node";
import type { Board, Scene } from "./game-types.ts";

/** The generated client of one release. */
export interface ReleaseClient {
  readonly connect: typeof connect;
  readonly scene: Scene;
  readonly board: Board;
}

/** Loads the generated client in the folder of a release. */
export async function clientOf(folder: string): Promise<ReleaseClient> {
  const load = (path: string) => import(pathToFileURL(join(folder, "generated/client", path)).href);
  const sdk = (await load("node.ts")) as { readonly connect: typeof connect };
  const scene = (await load("isle/scene.service.ts")) as Scene;
  return { connect: sdk.connect, scene, board: (await load("isle/board.service.ts")) as Board };
}
