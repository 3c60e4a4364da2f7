import type { Enum, Location, Message, Schema, SchemaFile } from "../../schema/model.ts";
import { buildMessage } from "./build/build-message.ts";
import { buildEnum } from "./build/enum.ts";
import { checkExtension } from "./build/extension.ts";
import { FileContext } from "./build/file-context.ts";
import { checkProto2 } from "./build/proto2.ts";
import { ServiceBuilder } from "./build/service.ts";
import { withColumnClasses } from "./check/column-class.ts";
import { fingerprintOf } from "./check/fingerprint.ts";
import { checkIds } from "./check/ids.ts";
import { checkPersonalData } from "./check/personal-data.ts";
import { checkTables } from "./check/table-relations.ts";
import { compareText, type Diagnostic, Report } from "./diagnostic.ts";
import { type LoadOptions, ownFolder, readSources, type Sources } from "./files.ts";
import { descriptorPath, googleFolder } from "./google.ts";
import { checkDuplicates, checkExtensionNumbers } from "./link/duplicates.ts";
import { OptionChecker } from "./link/options.ts";
import { Symbols, topOfFile } from "./link/symbols.ts";
import { type FileOutline, isProto2 } from "./read/outline.ts";

export type { LoadOptions } from "./files.ts";

/** Result of {@link loadSchema}. */
export interface LoadResult {
  /** The model; undefined when the diagnostics contain an error. */
  readonly schema: Schema | undefined;
  /** All errors and warnings, sorted by place. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the `.proto` files of a schema and builds the model that generators work from. Errors of the schema are returned as
 * diagnostics, all at once.
 *
 * @throws Error when the file system fails for another reason than a missing file
 */
export async function loadSchema(options: LoadOptions): Promise<LoadResult> {
  const report = new Report();
  const sources = await readSources(options, report);
  const loader = new Loader(sources, report, options.internal ?? false);
  const files = loader.build();
  for (const check of options.checks ?? []) check({ files }, report);
  const schema = report.hasErrors ? undefined : { files, fingerprint: fingerprintOf(files) };
  return { schema, diagnostics: report.sorted() };
}

/** One file whose messages and enums are built, and whose services are not yet. */
interface Draft {
  readonly context: FileContext;
  readonly messages: Message[];
  readonly enums: Enum[];
}

/**
 * Builds the model from parsed files in two passes: first all messages and enums, then services and checks over all files, which
 * need every message.
 */
class Loader {
  readonly #sources: Sources;
  readonly #report: Report;
  readonly #symbols: Symbols;
  readonly #checker: OptionChecker;
  readonly #internal: boolean;
  readonly #places = new Map<string, Location>();
  readonly #queue: FileOutline[] = [];
  readonly #drafts = new Map<string, Draft>();
  /** Paths of proto2 files that declare options: checked, never generated. */
  readonly #optionFiles: ReadonlySet<string>;

  constructor(sources: Sources, report: Report, internal: boolean) {
    this.#sources = sources;
    this.#report = report;
    this.#internal = internal;
    this.#symbols = new Symbols([...sources.files.values()]);
    this.#optionFiles = optionFilesOf(sources.files);
    this.#checker = new OptionChecker(this.#symbols, report);
  }

  build(): SchemaFile[] {
    const { files, broken } = this.#sources;
    const sound = [...files.values()].filter((file) => !broken.has(file.path));
    for (const file of files.values()) {
      if (this.#isOwnToGenerate(file.path)) this.#checkSyntax(file);
    }
    checkDuplicates(sound, this.#report);
    checkExtensionNumbers(this.#symbols.extensions.values(), this.#report);
    this.#queue.push(...sound.filter((file) => this.#isOwnToGenerate(file.path)));
    // The queue grows during the loop: a file of Google's is added when one of its types is used.
    for (let file = this.#queue.shift(); file !== undefined; file = this.#queue.shift()) this.#draft(file);
    return this.#finish();
  }

  /** True for files of the user and, in an internal run, for Photinus' own. Google's are added only when used. */
  #isOwnToGenerate(path: string): boolean {
    if (path.startsWith(googleFolder)) return false;
    return path.startsWith(ownFolder) ? this.#internal && this.#sources.roots.includes(path) : true;
  }

  /** Reports files that are not proto3, except for proto2 files that declare options. */
  #checkSyntax(file: FileOutline): void {
    const { syntax, edition, path } = file;
    if (syntax?.text === "proto3" || this.#optionFiles.has(path)) return;
    const word = syntax ?? edition;
    const broken = this.#sources.broken.has(path);
    if (word === undefined && broken) return;
    const message =
      word === undefined
        ? "the file has no syntax statement"
        : `${edition === undefined ? "the syntax" : "edition"} ${JSON.stringify(word.text)} is not supported`;
    const help =
      word?.text === "proto2"
        ? 'write syntax = "proto3"; a proto2 file may only declare options'
        : 'write syntax = "proto3"; as the first statement of the file';
    this.#report.add("PH002", path, word?.at ?? topOfFile, message, help);
  }

  /** First pass over a file: options, extensions, enums and messages. */
  #draft(file: FileOutline): void {
    if (this.#drafts.has(file.path)) return;
    const context = new FileContext(file, {
      symbols: this.#symbols,
      options: this.#checker,
      report: this.#report,
      places: this.#places,
      onUse: (used) => {
        if (used.path.startsWith(googleFolder)) this.#queue.push(used);
      },
    });
    const draft: Draft = { context, messages: [], enums: [] };
    const scope = context.package;
    if (file.path === descriptorPath) return;
    context.checkOptions();
    for (const extension of file.extends) checkExtension(context, extension, scope);
    if (isProto2(file)) {
      checkProto2(context, file);
      return;
    }
    this.#drafts.set(file.path, draft);
    for (const node of file.enums) draft.enums.push(buildEnum(context, node, []));
    for (const node of file.messages) buildMessage(context, node, [], draft);
    // Bodies of calls may be in Google's files, which must be queued before the second pass.
    for (const { rpcs } of file.services) {
      for (const { request, response } of rpcs) {
        for (const word of [request, response]) {
          const used = this.#symbols.find(word.text, scope, file.path)?.found;
          if (used !== undefined && !isProto2(used.file)) context.onUse(used.file);
        }
      }
    }
  }

  /** Second pass: services, whose routes and keys need all messages, and checks over all files. */
  #finish(): SchemaFile[] {
    const drafts = [...this.#drafts.values()].sort((a, b) =>
      compareText(a.context.file.path, b.context.file.path),
    );
    const messages = new Map(drafts.flatMap((draft) => draft.messages.map((m) => [m.fullName, m] as const)));
    const files = drafts.map(({ context, messages: own, enums }): SchemaFile => {
      const services = new ServiceBuilder(context, messages);
      const { file } = context;
      return {
        path: file.path,
        package: context.package,
        imports: file.imports.map(({ text }) => text).filter((path) => this.#drafts.has(path)),
        comment: file.comment,
        messages: own,
        enums,
        services: file.services.map((node) => services.build(node)),
      };
    });
    checkIds({ files }, this.#report, this.#places);
    checkTables(files, this.#places, this.#report);
    const classified = withColumnClasses(files);
    checkPersonalData(classified, this.#places, this.#report);
    return classified;
  }
}

/** Paths of proto2 files that declare options, and of proto2 files that these import. */
function optionFilesOf(files: ReadonlyMap<string, FileOutline>): Set<string> {
  const found = new Set<string>();
  for (const file of files.values()) if (isProto2(file) && declaresOptions(file)) found.add(file.path);
  // A Set that grows during iteration also visits the added paths.
  for (const path of found) {
    for (const { text } of files.get(path)?.imports ?? []) {
      const imported = files.get(text);
      if (imported !== undefined && isProto2(imported)) found.add(text);
    }
  }
  return found;
}

function declaresOptions(file: Pick<FileOutline, "extends" | "messages">): boolean {
  return file.extends.length > 0 || file.messages.some(declaresOptions);
}
