import { control } from "../../../../runtime/wire/frame/frame-format.ts";
import { Ack, Bye, Hello, type Welcome } from "../../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../../runtime/wire/session/envelope.ts";
import { RawClient, text } from "../../../integration/gate/raw-client.ts";
import { protocol, pushes } from "../../../integration/gate/schema.ts";
import type { SteppedNetwork, Wire } from "./stepped-network.ts";

/** What a client keeps of its session; a copy of it is a duplicated browser tab. */
export interface TabState {
  readonly token: Uint8Array;
  readonly lastPush: number;
  readonly answerCount: number;
  readonly sequence: number;
}

/** A client that does only what it is told to, and remembers what it asked. */
export class Tab {
  readonly name: string;
  token = new Uint8Array();
  lastPush = 0;
  answerCount = 0;
  #sequence = 0;
  #welcome: Welcome | undefined;
  wire: Wire | undefined;
  line: RawClient | undefined;
  /** Text of the answers to the requests of the current connection, by number; "error CODE" for an error. */
  readonly answers = new Map<number, string>();
  /** Answers that came twice on one connection. */
  repeats = 0;
  /** Texts of the pushes. */
  readonly pushes: string[] = [];

  constructor(name: string, state?: TabState) {
    this.name = name;
    if (state === undefined) return;
    this.token = new Uint8Array(state.token);
    this.lastPush = state.lastPush;
    this.answerCount = state.answerCount;
    this.#sequence = state.sequence;
  }

  get state(): TabState {
    const { token, lastPush, answerCount } = this;
    return { token, lastPush, answerCount, sequence: this.#sequence };
  }

  /** True while the client has a welcome on an open connection. */
  get isUp(): boolean {
    const { line } = this;
    return line?.welcome !== undefined && line.kicked === undefined && !line.transport.closed;
  }

  /** Dials, and says Hello with what the client has. The former connection stays as it is, and is no longer heard. */
  dial(network: SteppedNetwork, address: string, more: Partial<Hello> = {}): void {
    const wire = network.dial(address);
    const line = new RawClient(wire.end);
    this.wire = wire;
    this.line = line;
    this.answers.clear();
    line.onMessage = (of, { id, sequence, body }) => {
      if (this.line !== line) return;
      this.look();
      const words = new TextDecoder().decode(body);
      if (of === kind.push) {
        this.pushes.push(words);
        if (sequence !== 0) this.lastPush = sequence;
        if (id !== pushes.reliable.id) throw new Error(`an unknown push ${id}`);
        return;
      }
      this.answerCount++;
      if (this.answers.has(sequence)) this.repeats++;
      this.answers.set(sequence, of === kind.reply ? words : "error");
    };
    const { token, lastPush, answerCount } = this;
    const hello = {
      canResume: true,
      resumeToken: token,
      lastPush,
      answerCount,
      schema: protocol.fingerprint,
      ...more,
    };
    line.control(control.hello, Hello, Hello.create(hello));
  }

  /** Takes the state of a welcome, once it has arrived. */
  look(): void {
    const welcome = this.line?.welcome;
    if (welcome === undefined || welcome === this.#welcome) return;
    this.#welcome = welcome;
    this.token = new Uint8Array(welcome.resumeToken);
    // The requests of another copy have arrived under these numbers.
    this.#sequence = Math.max(this.#sequence, welcome.lastRequest);
    if (welcome.resumed) return;
    this.lastPush = 0;
    this.answerCount = 0;
  }

  /** Sends a request. Returns its number. */
  ask(command: number, body = ""): number {
    const sequence = ++this.#sequence;
    void this.line?.request(command, text(body), undefined, sequence);
    return sequence;
  }

  ping(): void {
    this.line?.ping();
  }

  acknowledge(): void {
    this.line?.control(control.ack, Ack, { push: this.lastPush, answerCount: this.answerCount });
  }

  leave(): void {
    this.line?.control(control.bye, Bye, {});
  }
}
