import { modelOf } from "../evolution/model/model-of.ts";
import { historyOf } from "../history/history.ts";
import { emptyLock } from "../lock/lock.ts";
import type { Target } from "../target.ts";
import { checkPages } from "./check.ts";
import { Declared, historyPage, historyPath, indexPage, indexPath, servicePage } from "./pages.ts";
import { Templates } from "./templates.ts";

/** Target for the protocol reference in Markdown: an index, a page for each service, and the history of the releases. */
export const documents: Target = {
  name: "docs",
  isDefault: true,
  check: checkPages,
  emit(schema, { memo, lock = emptyLock }) {
    const declared = new Declared(schema);
    const templates = new Templates();
    const target = documents.name;
    const made = schema.files.map((file) => {
      const make = () =>
        file.services.map((service) => {
          const page = servicePage(service, file, declared);
          return { page, file: { target, path: `docs/${page.path}`, text: templates.service(page) } };
        });
      return memo?.recall("docs", file, [], make) ?? make();
    });
    const pages = made.flat();
    const hasHistory = lock.releases.length > 0;
    const history = () => templates.history(historyPage(historyOf(lock, modelOf(schema), memo)));
    const index = indexPage(
      schema,
      pages.map(({ page }) => page),
      hasHistory,
    );
    return [
      { target, path: `docs/${indexPath}`, text: templates.index(index) },
      ...(hasHistory ? [{ target, path: `docs/${historyPath}`, text: history() }] : []),
      ...pages.map(({ file }) => file),
    ];
  },
};
