import type { Target } from "../target.ts";
import { checkPages } from "./check.ts";
import { Declared, indexPage, indexPath, servicePage } from "./pages.ts";
import { Templates } from "./templates.ts";

/** Target for the protocol reference in Markdown: an index, and a page for each service. */
export const documents: Target = {
  name: "docs",
  isDefault: true,
  check: checkPages,
  emit(schema, { memo }) {
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
    const index = indexPage(
      schema,
      pages.map(({ page }) => page),
    );
    return [
      { target, path: `docs/${indexPath}`, text: templates.index(index) },
      ...pages.map(({ file }) => file),
    ];
  },
};
