import type { Location } from "../../../schema/model.ts";
import type { DiagnosticCode } from "../catalogue.ts";
import type { Report } from "../diagnostic.ts";
import { ownFolder } from "../files.ts";
import type { OptionChecker } from "../link/options.ts";
import type { Symbols, TypeSymbol } from "../link/symbols.ts";
import { type FileOutline, isProto2, type Word } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";

/** What every builder needs: the file that it works on, all names, and where to say what is wrong. */
export class FileContext {
  readonly file: FileOutline;
  readonly symbols: Symbols;
  readonly options: OptionChecker;
  readonly report: Report;
  /** Told of every file whose types are used, so that it is generated too. */
  readonly onUse: (file: FileOutline) => void;
  /**
   * Where a value stands that is checked when all files are read: by full name, the id of an rpc, the name of a table,
   * the foreign key of a field.
   */
  readonly places: Map<string, Location>;

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

  get package(): string {
    return this.file.package?.text ?? "";
  }

  location(at: Mark): Location {
    return { file: this.file.path, line: at.line, column: at.column };
  }

  /** @param other a second place in this file that the message is about */
  refuse(code: DiagnosticCode, at: Mark, message: string, help: string, other?: Mark): void {
    const also = other === undefined ? undefined : this.location(other);
    this.report.add(code, this.file.path, at, message, help, also);
  }

  /**
   * The type that a name means, reported when there is none.
   *
   * @param of "names" lets anything that has the name stand before a type, as the messages of an rpc are found
   */
  resolve(word: Word, scope: string, of: "types" | "names" = "types"): TypeSymbol | undefined {
    const symbol = this.symbols.resolve(word, scope, this.file.path, this.report, of);
    if (symbol !== undefined && symbol.file !== this.file && !isProto2(symbol.file)) this.onUse(symbol.file);
    return symbol;
  }

  /** True for the types of photinus/, which have no generated code that a schema could use. */
  isForeign(symbol: TypeSymbol): boolean {
    return symbol.file.path.startsWith(ownFolder) && !this.file.path.startsWith(ownFolder);
  }
}
