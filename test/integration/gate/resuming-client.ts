import type { Gate } from "../../../runtime/gate/gate.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, Bye, type Hello, type Welcome } from "../../../runtime/wire/generated/photinus/control.ts";
import { type Kind, kind } from "../../../runtime/wire/session/envelope.ts";
import { RawClient, type Received, text } from "./raw-client.ts";

/** Request without an answer so far. */
interface Unanswered {
  readonly command: number;
  readonly body: string;
  readonly resolve: (answer: string) => void;
}

/** A client that continues its session on one connection after another, as the protocol says. Cuts and resumes when told to. */
export class ResumingClient {
  #gate: Pick<Gate, "clientAddress">;
  /** Connections so far; the last one is in use. */
  readonly lines: RawClient[] = [];
  /** Text of the pushes so far, in order, over all connections. */
  readonly pushes: string[] = [];
  /** Numbers of the numbered pushes so far. */
  readonly pushNumbers: number[] = [];
  /** Text of the answers so far, in order, over all connections; an error as "error CODE". */
  readonly answers: string[] = [];
  /** Kind and number of each message so far, in order. */
  readonly journal: string[] = [];
  /** Whether the client only notes messages in its journal, as if they had not arrived. */
  deaf = false;
  /** Whether the client reads batches of pushes. */
  takesBatches = false;
  readonly #unanswered = new Map<number, Unanswered>();
  token = new Uint8Array();
  lastPush = 0;
  answerCount = 0;
  /** Whether a resume sends all unanswered requests again, and not only those that have not arrived. */
  sendsAll = false;
  /** Answers that no request waited for. */
  strayAnswers = 0;
  #sequence = 0;
  /** Connection over which requests are sent; those made before its welcome are sent after it. */
  #welcomed: RawClient | undefined;

  constructor(gate: Pick<Gate, "clientAddress">) {
    this.#gate = gate;
  }

  get line(): RawClient {
    return this.lines.at(-1)!;
  }

  /** Whether the connection in use has been welcomed. */
  get isOpen(): boolean {
    return this.line === this.#welcomed;
  }

  get welcome(): Welcome {
    return this.line.welcome!;
  }

  /** Connects: begins a session, or continues it and sends again what has not arrived. */
  async connect(more: Partial<Hello> = {}): Promise<Welcome> {
    const line = await this.dial();
    await line.open({ ...this.hello(), ...more });
    const { welcome } = line;
    if (welcome === undefined) throw new Error("the gate closed the connection instead of a welcome");
    this.token = new Uint8Array(welcome.resumeToken);
    this.#welcomed = line;
    if (welcome.resumed) this.#sendAgain(this.sendsAll ? 0 : welcome.lastRequest);
    return welcome;
  }

  /** Continues the session. Takes nothing of a new session that the gate has begun instead, and leaves it. */
  async resume(): Promise<Welcome> {
    const line = await this.dial();
    const held: [Kind, Received][] = [];
    line.onMessage = (of, message) => void held.push([of, message]);
    await line.open(this.hello());
    const { welcome } = line;
    if (welcome === undefined) throw new Error("the gate closed the connection instead of a welcome");
    if (!welcome.resumed) {
      line.control(control.bye, Bye, {});
      return welcome;
    }
    line.onMessage = (of, message) => {
      if (this.line === line) this.#take(of, message);
    };
    for (const [of, message] of held) this.#take(of, message);
    this.token = new Uint8Array(welcome.resumeToken);
    this.#welcomed = line;
    this.#sendAgain(welcome.lastRequest);
    return welcome;
  }

  /** Connects to another gate from now on. */
  move(gate: Gate): void {
    this.#gate = gate;
  }

  /** Waits until its gate sends it to another one, and resumes there. */
  async follow(gates: readonly Gate[]): Promise<Welcome> {
    const { line } = this;
    await Promise.race([line.until(() => line.goAway !== undefined), line.closed]);
    const { address, resumeToken } = line.goAway ?? { address: "", resumeToken: new Uint8Array() };
    const next = gates.find(
      ({ clientAddress }) => address === `tcp://${clientAddress?.host}:${clientAddress?.port}`,
    );
    if (next === undefined) throw new Error(`no gate at "${address}"`);
    this.#gate = next;
    this.token = new Uint8Array(resumeToken);
    return this.connect();
  }

  /** Opens a connection that takes the place of the one in use, and says nothing. */
  async dial(): Promise<RawClient> {
    const { host, port } = this.#gate.clientAddress!;
    const line = new RawClient(await dialTcp(host, port));
    this.lines.push(line);
    line.onMessage = (of, message) => {
      if (this.line === line) this.#take(of, message);
    };
    return line;
  }

  hello(): Partial<Hello> {
    const { token, lastPush, answerCount, takesBatches } = this;
    return { canResume: true, resumeToken: token, lastPush, answerCount, takesBatches };
  }

  /** Loses the connection, with everything that is under way in it. */
  cut(): void {
    this.line.onMessage = () => {};
    this.line.transport.destroy();
  }

  /** Resolves with the answer as text. A request made before the welcome of a resume is sent after it. */
  ask(command: number, body = ""): Promise<string> {
    const sequence = ++this.#sequence;
    return new Promise((resolve) => {
      this.#unanswered.set(sequence, { command, body, resolve });
      if (this.line !== this.#welcomed) return;
      void this.line.request(command, text(body), undefined, sequence);
    });
  }

  /** Sends unanswered requests after a number again. */
  #sendAgain(after: number): void {
    for (const [sequence, { command, body }] of this.#unanswered) {
      if (sequence > after) void this.line.request(command, text(body), undefined, sequence);
    }
  }

  acknowledge(): void {
    this.line.control(control.ack, Ack, { push: this.lastPush, answerCount: this.answerCount });
  }

  end(): void {
    for (const { transport } of this.lines) transport.destroy();
  }

  #take(of: Kind, { sequence, body }: Received): void {
    this.journal.push(`${of} ${sequence}`);
    if (this.deaf) return;
    const words = new TextDecoder().decode(body);
    if (of === kind.push) {
      this.pushes.push(words);
      if (sequence === 0) return;
      this.pushNumbers.push(sequence);
      this.lastPush = sequence;
      return;
    }
    const answer = of === kind.reply ? words : "error";
    this.answerCount = (this.answerCount + 1) >>> 0;
    this.answers.push(answer);
    const asked = this.#unanswered.get(sequence);
    if (asked === undefined) this.strayAnswers++;
    this.#unanswered.delete(sequence);
    asked?.resolve(answer);
  }
}
