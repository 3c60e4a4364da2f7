/** One typed call with 64 bytes of payload, the number among them; resolves to an answer with the same number. */
export type Call = (n: number) => Promise<{ readonly n: number }>;

/** One way to call from a process to another. Each method runs in a process of its own. */
export interface Side {
  /** Answers each call by its own argument; resolves to the port. */
  serve(): Promise<number>;
  /** Opens one connection. */
  dial(port: number): Promise<Call>;
  /** Throws unless an answer holds all else that was sent with its number. */
  check(answer: object): void;
}
