import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { fail } from "../../../schema/errors.ts";
import { type Conversation, forever, forms, roads } from "./forms.ts";

const hello = new TextEncoder().encode("hello");

describe.each(forms)("a link and a peer that speaks $name", (form) => {
  describe.each(roads)("over $name", (road) => {
    let talk: Conversation;
    let shut: () => Promise<void>;

    beforeEach(async () => {
      const { near, far, close } = await road.open();
      talk = form.converse(near, far);
      shut = close;
    });
    afterEach(async () => {
      await talk.close();
      await shut();
    });

    /** The link knows the peer's form from its first message. */
    const introduce = async () => {
      talk.served = (_, argument) => argument;
      await talk.peerAsks("echo", hello);
    };

    it("answers the peer by a result", async () => {
      talk.served = (name, argument) => (name === "echo" ? argument : undefined);
      expect(await talk.peerAsks("echo", hello)).toEqual({ result: hello });
    });

    it("is answered by the peer", async () => {
      await introduce();
      talk.peerServes = (name, argument) => (name === "echo" ? argument : undefined);
      expect(await talk.asks("echo", hello)).toEqual({ result: hello });
    });

    it("calls and is called at once, many times, each with its own answer", async () => {
      await introduce();
      talk.peerServes = (_, argument) => argument;
      const bodies = Array.from({ length: 100 }, (_, n) => new Uint8Array([n, 1, 2]));
      const outcomes = await Promise.all(
        bodies.flatMap((body) => [talk.peerAsks("echo", body), talk.asks("echo", body)]),
      );
      expect(outcomes).toEqual(bodies.flatMap((result) => [{ result }, { result }]));
    });

    it("calls back the one who calls, before it answers", async () => {
      await introduce();
      talk.peerServes = (_, argument) => argument;
      talk.served = async () => {
        const inner = await talk.asks("echo", hello);
        return "result" in inner ? inner.result : undefined;
      };
      expect(await talk.peerAsks("echo", new Uint8Array(0))).toEqual({ result: hello });
    });

    it("takes a falsy result for a result, both ways", async () => {
      await introduce();
      expect(form.falsyResults.length).toBeGreaterThan(0);
      for (const result of form.falsyResults) {
        talk.served = () => result;
        talk.peerServes = () => result;
        expect(await talk.peerAsks("echo", hello)).toEqual({ result });
        expect(await talk.asks("echo", hello)).toEqual({ result });
      }
    });

    it("passes code and reason of an error on, both ways", async () => {
      await introduce();
      talk.served = () => {
        throw fail("NOT_FOUND", "no such meadow");
      };
      talk.peerServes = talk.served;
      const outcome = { code: "NOT_FOUND", reason: "no such meadow" };
      expect(await talk.peerAsks("fail")).toEqual(outcome);
      expect(await talk.asks("fail")).toEqual(outcome);
    });

    it("answers for a handler that throws, and tells nothing of the cause", async () => {
      talk.served = () => {
        throw new Error("the password is 1234");
      };
      expect(await talk.peerAsks("throw")).toEqual({ code: "INTERNAL", reason: "the handler failed" });
    });

    it("answers for a result that cannot be sent", async () => {
      talk.served = () => () => 0;
      expect(await talk.peerAsks("unpackable")).toMatchObject({ code: "INTERNAL" });
    });

    it("answers for a name that nobody knows", async () => {
      talk.served = (name) => {
        throw fail("UNIMPLEMENTED", `no ${name}`);
      };
      expect(await talk.peerAsks("unknown")).toEqual({ code: "UNIMPLEMENTED", reason: "no unknown" });
    });

    it("hears a notice, and answers nothing", async () => {
      talk.peerNotifies("notice");
      await introduce();
      expect(talk.notices).toEqual(["notice"]);
      expect(talk.link.servedCount).toBe(0);
    });

    it("fails the calls that the peer does not answer in time", async () => {
      await introduce();
      talk.peerServes = () => forever;
      expect(await talk.asks("silent", hello, 20)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      expect(talk.link.pendingCount).toBe(0);
    });

    it("ignores an answer that comes too late", async () => {
      await introduce();
      const late = Promise.withResolvers<unknown>();
      talk.peerServes = (name, argument) => (name === "silent" ? late.promise : argument);
      expect(await talk.asks("silent", hello, 20)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      late.resolve(hello);
      expect(await talk.asks("echo", hello)).toEqual({ result: hello });
      expect(talk.link.alive).toBe(true);
    });

    it("fails all calls at once when the peer is gone", async () => {
      await introduce();
      talk.peerServes = () => forever;
      const calls = [1, 2, 3].map(() => talk.asks("silent", hello, 60_000));
      await new Promise((resolve) => setTimeout(resolve, 5));
      talk.cut();
      for (const outcome of await Promise.all(calls)) expect(outcome).toMatchObject({ code: "UNAVAILABLE" });
      expect(await talk.asks("echo", hello)).toMatchObject({ code: "UNAVAILABLE" });
      expect([talk.link.alive, talk.link.pendingCount]).toEqual([false, 0]);
    });

    it("asks by number what the peer's form has for it", async () => {
      await introduce();
      const heard: unknown[] = [];
      talk.peerServes = (name) => {
        heard.push(name);
        return hello;
      };
      expect(await talk.link.call(1, raw, hello, raw)).toEqual(hello);
      expect(heard).toEqual([talk.link.speaksMapForm ? "callChild" : "echo"]);
    });
  });
});
