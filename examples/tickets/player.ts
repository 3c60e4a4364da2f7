import { type Connection, isPhotinusError } from "@photinus/client";
import { connect } from "./generated/client/node.ts";
import * as account from "./generated/client/vault/account.service.ts";

/** Name and password of a player. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Gets a ticket for a password, as a guest. Makes the account when the name is free. */
export async function ticketFor(url: string, credentials: Credentials): Promise<Uint8Array> {
  const guest = await connect(url, { reconnect: false });
  try {
    const { ticket } = await account.register(guest, credentials).catch((error: unknown) => {
      if (isPhotinusError(error) && error.code === "ALREADY_EXISTS")
        return account.signIn(guest, credentials);
      throw error;
    });
    return ticket;
  } finally {
    await guest.close();
  }
}

/** Connects as a player. Each new session asks for a fresh ticket. */
export function enter(url: string, credentials: Credentials): Promise<Connection> {
  return connect(url, { ticket: () => ticketFor(url, credentials) });
}
