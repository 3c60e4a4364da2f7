import type { Target } from "../target.ts";
import { indexPage, servicePage } from "./pages.ts";
import { renderIndex, renderService } from "./templates.ts";

/** The protocol reference, in Markdown: an index, and a page for each service. */
export const documents: Target = {
  name: "docs",
  emit(schema) {
    const pages = schema.files.flatMap((file) =>
      file.services.map((service) => servicePage(service, file, schema)),
    );
    const target = documents.name;
    return [
      { target, path: "docs/index.md", text: renderIndex(indexPage(schema, pages)) },
      ...pages.map((page) => ({ target, path: `docs/${page.path}`, text: renderService(page) })),
    ];
  },
};
