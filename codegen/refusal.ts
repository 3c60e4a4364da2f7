/**
 * Error of a user's request, such as a wrong flag. The message has the cause and the remedy; it is printed without a stack
 * trace.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
