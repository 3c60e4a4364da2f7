/** A new welcome after the first. */
export interface StateChange {
  /** False when the server has refused to resume the session. */
  readonly resumed: boolean;
}

/** A client, as players use it: the SDK, or the plain client of the protocol's document. */
export interface ChaosClient {
  readonly state: "open" | "reconnecting" | "queued" | "closed";
  /** Name of the session. */
  readonly session: string;
  /** Number of notifies that were sent and have not arrived. */
  readonly notesLost: number;
  /** Number of answers that no request waited for, and of numbered pushes that came again. */
  readonly strays: number;
  /** Rejects with a PhotinusError that names the outcome. */
  request(command: number, body: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Returns false when the notify was dropped, because there is no connection. */
  notify(command: number, body: Uint8Array): boolean;
  onPush(id: number, listener: (body: Uint8Array) => void): void;
  onState(listener: (change: StateChange) => void): void;
  close(): Promise<void>;
  destroy(): void;
}
