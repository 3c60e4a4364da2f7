import type { Schema } from "../../schema/model.ts";
import type { Report } from "../load/diagnostic.ts";
import { historyPath, indexPath, pagePath } from "./pages.ts";

/**
 * Reports services whose page would get the path of the index, of the history or of another service's page (PH029). Case is ignored, as some file
 * systems do.
 */
export function checkPages({ files }: Pick<Schema, "files">, report: Report): void {
  const seen = new Map([
    [indexPath, "the index"],
    [historyPath, "the history"],
  ]);
  for (const service of files.flatMap(({ services }) => services)) {
    const path = pagePath(service);
    const key = path.toLowerCase();
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, `service ${service.fullName}`);
      continue;
    }
    const { location } = service;
    if (report.has("PH007", location) || report.has("PH029", location)) continue;
    const message = `service ${service.fullName} and ${other} both get the page docs/${key} in generated documents`;
    const help = "rename the service, or put it into another package; each page needs a unique name";
    report.add("PH029", location.file, location, message, help);
  }
}
