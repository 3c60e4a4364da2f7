/** What a user asked for cannot be done; the message says why and what to do. Printed without a stack trace. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
