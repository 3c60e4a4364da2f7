import type { Deprecable, Location } from "../../../schema/model.ts";
import type { DiagnosticCode } from "../catalogue.ts";
import type { Report } from "../diagnostic.ts";
import { ownFolder } from "../files.ts";
import { deprecationInside, deprecationOf } from "../link/deprecation.ts";
import type { OptionChecker } from "../link/options.ts";
import { type Symbols, type TypeSymbol, topOfFile } from "../link/symbols.ts";
import { type FileOutline, isProto2, type Word } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";

/**
 * One file on its way to the model, with the services that every builder shares: the symbols of all files, the option checker
 * and the report.
 */
export class FileContext {
  readonly file: FileOutline;
  readonly symbols: Symbols;
  readonly options: OptionChecker;
  readonly report: Report;
  /** Called with every other file whose types this one uses: Google's files are generated only when a schema needs them. */
  readonly onUse: (file: FileOutline) => void;
  /**
   * Locations of values that are checked after all files are read, by full name: the id of an rpc, the name of a table, the
   * foreign key of a field.
   */
  readonly places: Map<string, Location>;
  #deprecation: Deprecable = {};

  constructor(
    file: FileOutline,
    shared: Pick<FileContext, "symbols" | "options" | "report" | "onUse" | "places">,
  ) {
    this.file = file;
    this.symbols = shared.symbols;
    this.options = shared.options;
    this.report = shared.report;
    this.onUse = shared.onUse;
    this.places = shared.places;
  }

  /** Deprecation of the declarations of a deprecated file; empty for another file. */
  get deprecation(): Deprecable {
    return this.#deprecation;
  }

  /** Checks the file's own options, and reports their errors. To be called before declarations are built. */
  checkOptions(): void {
    const options = this.options.check(this.file.options, "File", this.file, this.package, topOfFile);
    const { deprecated } = deprecationOf({ comment: "", options: this.file.options }, options);
    this.#deprecation = deprecationInside(deprecated, `the file ${this.file.path}`);
  }

  /** Package of the file; "" for a file without one. */
  get package(): string {
    return this.file.package?.text ?? "";
  }

  /** Turns a position in this file into a location with the file's path. */
  location(at: Mark): Location {
    return { file: this.file.path, line: at.line, column: at.column };
  }

  /**
   * Reports a diagnostic at a position of this file.
   *
   * @param message what was found
   * @param help what is expected, and the remedy
   * @param other a second position in this file that the message refers to
   */
  refuse(code: DiagnosticCode, at: Mark, message: string, help: string, other?: Mark): void {
    const also = other === undefined ? undefined : this.location(other);
    this.report.add(code, this.file.path, at, message, help, also);
  }

  /**
   * Resolves the name of a type from a scope of this file. Reports an unknown or not imported type; returns undefined for an
   * unknown one.
   *
   * @param scope full name of the innermost declaration around the name
   * @param of "types" ignores names of other kinds; "names" stops at any declaration with the name, as protobuf resolves the
   *   messages of an rpc
   */
  resolve(word: Word, scope: string, of: "types" | "names" = "types"): TypeSymbol | undefined {
    const symbol = this.symbols.resolve(word, scope, this.file.path, this.report, of);
    if (symbol !== undefined && symbol.file !== this.file && !isProto2(symbol.file)) this.onUse(symbol.file);
    return symbol;
  }

  /** True for a type of photinus/ named in another file. Such a type has no generated code that a schema could use. */
  isForeign(symbol: TypeSymbol): boolean {
    return symbol.file.path.startsWith(ownFolder) && !this.file.path.startsWith(ownFolder);
  }
}
