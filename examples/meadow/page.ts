import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { onlyRead } from "photinus";
import sirv from "sirv";

const files = sirv(fileURLToPath(new URL("../../clients/web/dist", import.meta.url)), { etag: true });

/** Serves the built page from the gate's own port, so that page and game share one address. */
export default function page(request: IncomingMessage, response: ServerResponse): void {
  if (onlyRead(request, response)) return;
  files(request, response, () => {
    response
      .writeHead(404, { "content-type": "text/plain" })
      .end("not found: build the page with npm run build\n");
  });
}
