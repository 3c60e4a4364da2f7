import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { UnsentBytes } from "../../../runtime/gate/flood/unsent-bytes.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { gateCore } from "./gate-core.ts";

interface Client {
  bufferedBytes: number;
  sentCount: number;
  closed: boolean;
}

class Rig {
  readonly clock = new FakeClock();
  readonly core = gateCore(this.clock, { unsentGateBytes: 1_000 });
  readonly clients: (Client & { readonly number: number })[] = [];
  readonly unsent = new UnsentBytes(this.core, () =>
    this.clients.filter(({ closed }) => !closed).map((client) => client as unknown as Transport),
  );

  /** A client with this many unsent bytes. */
  client(bufferedBytes: number): Client {
    const client = {
      number: this.clients.length,
      bufferedBytes,
      sentCount: 0,
      closed: false,
      remote: "",
      destroy() {
        client.closed = true;
        client.bufferedBytes = 0;
      },
    };
    this.clients.push(client);
    this.unsent.watch();
    return client;
  }

  get closed(): number[] {
    return this.clients.filter(({ closed }) => closed).map(({ number }) => number);
  }
}

test("clients within the bound of the gate stay, however long they do not read", () => {
  const rig = new Rig();
  for (let n = 0; n < 5; n++) rig.client(200);
  rig.clock.advance(60_000);
  expect([rig.closed, rig.unsent.bytes]).toEqual([[], 1_000]);
});

test("beyond the bound the clients that are stuck for longest are closed, down to a part of it", () => {
  const rig = new Rig();
  rig.client(200);
  rig.client(200);
  rig.clock.advance(400);
  for (let n = 0; n < 4; n++) rig.client(200);
  rig.clock.advance(200);
  // 1,200 bytes, but nobody has been stuck for half a second.
  expect(rig.closed).toEqual([]);
  rig.clock.advance(200);
  expect(rig.closed).toEqual([0, 1]);
  rig.clock.advance(20_000);
  expect([rig.closed, rig.unsent.bytes]).toEqual([[0, 1], 800]);
  expect(rig.core.counters.get("client.closed.unsent")).toBe(2);
});

test("a client whose bytes go on, however slowly, is not stuck", () => {
  const rig = new Rig();
  const slow = [rig.client(600), rig.client(600)];
  for (let n = 0; n < 100; n++) {
    for (const client of slow) client.sentCount++;
    rig.clock.advance(300);
  }
  expect(rig.closed).toEqual([]);
  rig.clock.advance(1_000);
  expect(rig.closed).toEqual([0]);
});

test("beyond four times the bound nobody has a grace time", () => {
  const rig = new Rig();
  for (let n = 0; n < 22; n++) rig.client(200);
  rig.clock.advance(200);
  expect(rig.closed).toEqual([0, 1]);
});

test("connections that are gone with unsent bytes are forgotten, while others stay", () => {
  const rig = new Rig();
  rig.client(0);
  const lost = [rig.client(200), rig.client(200)];
  rig.clock.advance(200);
  expect(rig.unsent.stuckCount).toBe(2);
  for (const client of lost) client.closed = true;
  rig.clock.advance(200);
  expect(rig.unsent.stuckCount).toBe(0);
});

test("without connections there is no timer", () => {
  const rig = new Rig();
  const client = rig.client(200);
  rig.clock.advance(1_000);
  client.closed = true;
  rig.clock.advance(1_000);
  expect(rig.clock.timerCount).toBe(0);
});
