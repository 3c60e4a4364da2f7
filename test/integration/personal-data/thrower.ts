import { markText } from "./marks.ts";

/** Module of a heavy command that throws an error with the request attached, as HTTP libraries do. */
export default function thrower(request: unknown): never {
  throw Object.assign(new Error("the service refused the request"), { request, token: markText });
}
