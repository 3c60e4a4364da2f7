import type { CallOptions, Connection } from "@photinus/client/node";

/** Number of scenes. */
export const sceneCount = 60;

/** Answer of an act, as all releases have it. */
export interface Acted {
  readonly sceneId: number;
  readonly mark: string;
  readonly count: number;
  readonly note?: string | undefined;
}

/** Node that runs a scene. */
export interface Place {
  readonly node: string;
  readonly release: number;
}

export interface ActRequest {
  readonly sceneId: number;
  readonly mark: string;
  readonly note?: string;
}

export type Act = (connection: Connection, request: ActRequest) => Promise<Acted>;

/** The generated client of the scenes. Later releases have more commands. */
export interface Scene {
  readonly act: Act;
  readonly dance?: Act;
  readonly trade?: (
    connection: Connection,
    request: ActRequest,
    options?: CallOptions,
  ) => Promise<{ readonly act: Acted }>;
  look(connection: Connection, request: { sceneId: number }): Promise<{ readonly count: number }>;
  where(connection: Connection, request: { sceneId: number }): Promise<Place>;
  nudge(connection: Connection, request: { sceneId: number; mark: string }): void;
  onActed(connection: Connection, listener: (acted: Acted) => void): () => void;
}

/** The generated client of the board. */
export interface Board {
  sum(connection: Connection, request: { left: number; right: number }): Promise<{ readonly sum: number }>;
}
