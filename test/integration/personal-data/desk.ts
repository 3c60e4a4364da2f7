import { defineNode, fail, heavy } from "photinus";
import * as archive from "./fixtures/server/people/archive.service.ts";
import * as desk from "./fixtures/server/people/desk.service.ts";
import type { Words } from "./fixtures/server/people.messages.ts";
import { personTable } from "./fixtures/server/people.tables.ts";
import { markedPerson, markText } from "./marks.ts";

/** Handlers that fail in every way with the request at hand, without writing a value into a text. */
export default defineNode((node) => {
  const people = node.table(personTable);
  const attached = (request: Words) => Object.assign(new Error("the words are refused"), { request });
  return [
    desk.implement({
      async say(request, ctx) {
        switch (request.act) {
          case "throw":
            throw attached(request);
          case "throw words":
            throw request;
          case "cause":
            throw fail("NOT_FOUND", "no such words", { cause: attached(request) });
          case "wrong reply":
            return { ...request, number: request.number + 0.5 };
          case "wrong push":
            desk.pushSaid(ctx.session, { ...request, token: request.number as never });
            return request;
          case "wrong call":
            return archive.keep(ctx, { ...request, number: -request.number });
          case "call":
            return archive.keep(ctx, request);
          case "table":
            await people.create(markedPerson());
            await people.create(markedPerson());
            return request;
          case "late":
            ctx.afterReply(() => {
              throw attached(request);
            });
            return request;
          default:
            return { text: "said", token: "", number: 0, act: request.act };
        }
      },
      note(request) {
        throw attached(request);
      },
      compute: heavy(new URL("./thrower.ts", import.meta.url)),
    }),
    archive.implement({
      keep(request) {
        throw Object.assign(attached(request), { token: markText });
      },
    }),
  ];
});
