import Handlebars from "handlebars";
import { generatedBy } from "../target.ts";
import type { HistoryPage, IndexPage, ServicePage } from "./pages.ts";

// Templates are constants and not files, so that the package finds them wherever it is installed or bundled.
const fieldsTable = `
{{#if fields}}

| number | name | type | |
|--:|---|---|---|
{{#each fields}}
| {{number}} | {{code name}} | {{code type}} | {{cell comment}} |
{{/each}}
{{/if}}`;

/** Page of a service: its calls with their bodies, then the messages and enums that the bodies refer to. */
const serviceTemplate = `<!-- ${generatedBy} from {{file}}. Do not edit. -->

# {{name}}
{{#if deprecated}}

{{deprecated}}
{{/if}}
{{#if comment}}

{{comment}}
{{/if}}

Service {{code fullName}} of role {{code role}}, for {{audience}}. Back to the [index](index.md).
{{#each calls}}

## {{title}}

{{kind}} {{code id}}
{{#if deprecated}}

{{deprecated}}
{{/if}}
{{#if comment}}

{{comment}}
{{/if}}

{{policy}}
{{#if errors}}

Errors:{{#each errors}} {{code this}}{{/each}}
{{/if}}
{{#each bodies}}

### {{label}}: {{code name}}
{{#if deprecated}}

{{deprecated}}
{{/if}}
{{#if comment}}

{{comment}}
{{/if}}
{{#if note}}

{{note}}
{{/if}}
{{> fields}}
{{/each}}
{{/each}}
{{#if messages}}

## Messages inside
{{#each messages}}

### {{code name}}
{{#if deprecated}}

{{deprecated}}
{{/if}}
{{#if comment}}

{{comment}}
{{/if}}
{{> fields}}
{{/each}}
{{/if}}
{{#if enums}}

## Enums
{{#each enums}}

### {{code name}}
{{#if deprecated}}

{{deprecated}}
{{/if}}
{{#if comment}}

{{comment}}
{{/if}}

| number | name | |
|--:|---|---|
{{#each fields}}
| {{number}} | {{code name}} | {{cell comment}} |
{{/each}}
{{/each}}
{{/if}}
`;

/** Index page: services, all calls by service, and tables with their columns. */
const indexTemplate = `<!-- ${generatedBy} from the schema. Do not edit. -->

# Protocol reference

Schema fingerprint {{code fingerprint}}.{{#if history}} [History of the releases]({{history}}).{{/if}}

| service | role | for | |
|---|---|---|---|
{{#each services}}
| [{{fullName}}]({{path}}) | {{role}} | {{audience}} | {{#if deprecated}}**Deprecated.** {{/if}}{{cell comment}} |
{{/each}}

## Commands, pushes and methods

| id | kind | name | policy |
|--:|---|---|---|
{{#each services}}
{{#each calls}}
| {{id}} | {{kind}} | [{{../name}}.{{title}}]({{../path}}#{{anchor title}}) | {{#if deprecated}}**Deprecated.** {{/if}}{{cell policy}} |
{{/each}}
{{/each}}
{{#if tables}}

## Tables
{{#each tables}}

### {{code name}}

{{#if comment}}
{{comment}} 
{{/if}}
Rows are {{code message}}.{{#each notes}} {{this}}{{/each}}

| column | type | |
|---|---|---|
{{#each columns}}
| {{code name}} | {{code type}} | {{keys}} |
{{/each}}
{{/each}}
{{/if}}
`;

/** History page: the changes of each release by command, the newest release first. */
const historyTemplate = `<!-- ${generatedBy} from the schema and its lock file. Do not edit. -->

# Protocol history

The releases of the protocol, by command. Back to the [index](index.md). Classes of changes: S is safe, S! is safe on the wire, C needs
new clients, R needs an order of roll-out, M needs a migration of data, B breaks.
{{#each entries}}

## {{title}}

{{#each notes}}{{this}} {{/each}}
{{#each sections}}

### {{title}}

{{#each items}}
- {{code name}}{{details}}
{{#each changes}}
  - {{this}}
{{/each}}
{{/each}}
{{/each}}
{{/each}}
`;

/** Renders pages as Markdown. Each template is compiled once, for the first page that uses it. */
export class Templates {
  readonly #handlebars = Handlebars.create();
  readonly #compiled = new Map<string, HandlebarsTemplateDelegate>();

  constructor() {
    this.#handlebars.registerPartial("fields", fieldsTable);
    this.#handlebars.registerHelper("code", (text: string | number) => `\`${text}\``);
    this.#handlebars.registerHelper("cell", (text: string) =>
      text.replace(/\s+/g, " ").replaceAll("|", "\\|"),
    );
    this.#handlebars.registerHelper("anchor", (title: string) => title.toLowerCase().replace(/[^\w-]/g, ""));
  }

  /** Renders the page of a service. */
  service(page: ServicePage): string {
    return this.#render(serviceTemplate, page);
  }

  /** Renders the index page. */
  index(page: IndexPage): string {
    return this.#render(indexTemplate, page);
  }

  /** Renders the history page. */
  history(page: HistoryPage): string {
    return this.#render(historyTemplate, page);
  }

  /** Renders a page. Blank lines are normalised afterwards, because block helpers leave some where a part is missing. */
  #render(template: string, page: object): string {
    let compiled = this.#compiled.get(template);
    if (!compiled) {
      // Handlebars escapes for HTML by default; in Markdown that would spoil quotes and angle brackets.
      compiled = this.#handlebars.compile(template, { noEscape: true, strict: true });
      this.#compiled.set(template, compiled);
    }
    return `${compiled(page)
      .replace(/[ \t]+$/gm, "")
      .replace(/\n{3,}/g, "\n\n")
      .trimEnd()}\n`;
  }
}
