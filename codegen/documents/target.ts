import type { Target } from "../target.ts";
import { Declared, indexPage, servicePage } from "./pages.ts";
import { Templates } from "./templates.ts";

/** The protocol reference, in Markdown: an index, and a page for each service. */
export const documents: Target = {
  name: "docs",
  emit(schema) {
    const declared = new Declared(schema);
    const templates = new Templates();
    const pages = schema.files.flatMap((file) =>
      file.services.map((service) => servicePage(service, file, declared)),
    );
    const target = documents.name;
    return [
      { target, path: "docs/index.md", text: templates.index(indexPage(schema, pages)) },
      ...pages.map((page) => ({ target, path: `docs/${page.path}`, text: templates.service(page) })),
    ];
  },
};
