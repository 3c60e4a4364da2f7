import { fail, type PhotinusError } from "../../../schema/errors.ts";

/**
 * Reasons why a ticket is refused, by the name that counters and logs use. The set is closed: a text holds nothing of the ticket and
 * of its claims.
 */
const reasons = Object.freeze({
  missing: "this server needs a ticket",
  malformed: "the ticket is malformed",
  "too-large": "the ticket is too large",
  algorithm: "the ticket is signed with an algorithm that the server does not accept",
  key: "the ticket is signed by an unknown key, or its signature is invalid",
  issuer: "the ticket is from another issuer",
  audience: "the ticket is for another audience",
  expired: "the ticket has expired",
  "too-long": "the ticket is valid for longer than the server accepts",
  "not-yet-valid": "the ticket is not valid yet",
  user: "the ticket names no valid user",
  level: "the ticket names an unknown auth level",
  used: "the ticket was used before",
  revoked: "the ticket was revoked",
  "other-user": "the ticket is of another user than the session",
} as const);

/** Why a ticket is refused, as counters name it: `client.refused.ticket.expired`. */
export type TicketFault = keyof typeof reasons;

/** Names by reason. */
const names: ReadonlyMap<string, TicketFault> = new Map(
  Object.entries(reasons).map(([name, reason]) => [reason, name as TicketFault]),
);

/** Faults that a fresh ticket of the same user does not have, so that the client may come again by itself. */
const passing: readonly (TicketFault | undefined)[] = ["expired", "used"];

/** Makes the error of a refused ticket: UNAUTHENTICATED, with the text of the fault. */
export function ticketRefusal(fault: TicketFault): PhotinusError {
  return fail("UNAUTHENTICATED", reasons[fault]);
}

/** Returns the fault of an error of {@link ticketRefusal}; undefined for any other error. */
export function faultOf({ code, reason }: PhotinusError): TicketFault | undefined {
  return code === "UNAUTHENTICATED" ? names.get(reason) : undefined;
}

/** Returns whether a client whose ticket was refused may come again by itself, with a fresh ticket or when the server can judge it. */
export function mayReturn(error: PhotinusError): boolean {
  if (error.code === "UNAVAILABLE" || error.code === "RESOURCE_EXHAUSTED") return true;
  return passing.includes(faultOf(error));
}

/** Returns the name of a refusal in counters and logs. */
export function refusalName(error: PhotinusError): string {
  const other =
    error.code === "UNAUTHENTICATED" ? "by-handler" : error.code.toLowerCase().replaceAll("_", "-");
  return `client.refused.ticket.${faultOf(error) ?? other}`;
}
