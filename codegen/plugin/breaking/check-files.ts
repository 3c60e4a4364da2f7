import { messageOf } from "../../../schema/errors.ts";
import { property, readSettings } from "../../cli/jobs.ts";
import { judge, ruleSettings } from "../../evolution/check/acknowledgements.ts";
import { allowancesIn } from "../../evolution/check/allowances.ts";
import { ruleText } from "../../evolution/check/report-text.ts";
import { type Change, worstOf } from "../../evolution/compare/change.ts";
import { changesBetween } from "../../evolution/diff/changes-between.ts";
import { modelOf } from "../../evolution/model/model-of.ts";
import type { ProtocolModel } from "../../evolution/model/protocol-model.ts";
import type { Rule } from "../../evolution/rules/rule.ts";
import { type RuleName, rules } from "../../evolution/rules/rules.ts";
import { formatDiagnostic, Report } from "../../load/diagnostic.ts";
import { optionsPath, ownFolder, readSources } from "../../load/files.ts";
import { googleFolder } from "../../load/google.ts";
import { Symbols } from "../../load/link/symbols.ts";
import { loadSchema } from "../../load/load.ts";
import { Refusal } from "../../refusal.ts";
import { OptionTexts, UnreadableOptions } from "../option-texts.ts";
import type { Annotation, CheckedFile, CheckRequest, ListedRule } from "./check-call.ts";
import { type ProtoSource, sourceOf } from "./proto-source.ts";

/** Category of all rules of the plugin in a buf.yaml. */
export const category = "PHOTINUS";

/** Id of a rule in a buf.yaml: "auth-lowered" is "PHOTINUS_AUTH_LOWERED". */
export function ruleId(name: RuleName): string {
  return `${category}_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** All rules as buf lists them. A rule whose changes are always safe runs only when buf.yaml names it. */
export function listedRules(): ListedRule[] {
  return Object.entries(rules).map(([name, rule]: [string, Rule]) => ({
    id: ruleId(name as RuleName),
    categoryIds: [category],
    default: rule.classes.some((one) => one !== "S"),
    purpose: `${rule.title}.`,
    type: 2,
  }));
}

/** One side of a comparison. */
interface Side {
  readonly model: ProtocolModel;
  readonly sources: ReadonlyMap<string, ProtoSource>;
}

/**
 * Compares compiled files with their former state by all rules of `photinus check`. Changes that are safe, or acknowledged by
 * `photinus:allow` or the package.json, are left out.
 *
 * @param folder folder of the package.json with the settings
 * @throws Refusal when one side is not a schema of Photinus, or the settings are invalid
 */
export async function checkFiles(request: CheckRequest, folder: string): Promise<Annotation[]> {
  const { fileDescriptors = [], againstFileDescriptors = [], ruleIds = [] } = request;
  const options = await optionTexts();
  const configured = await readSettings(folder);
  const settings = ruleSettings(property(configured?.value, "evolution"), configured?.path ?? "package.json");
  const after = await readSide(fileDescriptors, options, "the files");
  const before = await readSide(againstFileDescriptors, options, "the files to compare with");
  const texts = new Map([...after.sources].map(([path, { text }]) => [path, text]));
  const judged = judge(changesBetween(before.model, after.model), settings, allowancesIn(texts));
  return judged.flatMap(({ change, verdict }) => {
    const id = ruleId(change.rule);
    if (verdict !== "error" || (ruleIds.length > 0 && !ruleIds.includes(id))) return [];
    return [{ ruleId: id, message: messageText(change), ...locationOf(change, after.sources) }];
  });
}

/** Reader of encoded options, which knows those of protobuf and Photinus. */
async function optionTexts(): Promise<OptionTexts> {
  const { files } = await readSources({ root: ".", files: [] }, new Report());
  return new OptionTexts(new Symbols([...files.values()]));
}

/** Builds the snapshot of compiled files. Files of proto2 and of editions may only declare options, so they are left out. */
async function readSide(files: readonly CheckedFile[], options: OptionTexts, what: string): Promise<Side> {
  const own = files
    .map(({ fileDescriptorProto: proto }) => proto)
    .filter(
      ({ name, syntax }) =>
        syntax === "proto3" && !name.startsWith(googleFolder) && !name.startsWith(ownFolder),
    );
  const kept = new Set(own.map(({ name }) => name));
  const isKept = (path: string) => kept.has(path) || path === optionsPath || path.startsWith(googleFolder);
  const sources = new Map<string, ProtoSource>();
  for (const file of own) {
    try {
      sources.set(file.name, sourceOf(file, options, isKept));
    } catch (error) {
      if (!(error instanceof UnreadableOptions)) throw error;
      throw new Refusal(`${file.name} has malformed options (${messageOf(error)})`);
    }
  }
  const { schema, diagnostics } = await loadSchema({
    root: ".",
    files: [...kept],
    readFile: async (path) => sources.get(path)?.text,
  });
  if (schema === undefined) {
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map((one) => formatDiagnostic(one));
    throw new Refusal(
      `${what} are not a schema of Photinus; run photinus codegen for the places:\n${errors.join("\n")}`,
    );
  }
  return { model: modelOf(schema), sources };
}

function messageText(change: Change): string {
  const { reason, hurts, remedy } = change;
  const hurt = hurts.length === 0 ? "" : `; hurts: ${hurts.join(", ")}`;
  return `${worstOf(change)} ${ruleText(change)}: ${reason}${hurt}; safe way: ${remedy}`;
}

/** Location of a change in the compiled file; none for a declaration that only the former state has. */
function locationOf(
  { place }: Change,
  sources: ReadonlyMap<string, ProtoSource>,
): { readonly fileLocation?: Annotation["fileLocation"] & {} } {
  const sourcePath = sources.get(place.file)?.paths.get(place.line);
  return sourcePath === undefined ? {} : { fileLocation: { fileName: place.file, sourcePath } };
}
