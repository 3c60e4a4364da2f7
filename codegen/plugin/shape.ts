/** A declaration in words that a `.proto` text and a descriptor have in common. */
export interface Shape {
  /** "field meadow.Step.x = 1: uint32". */
  readonly text: string;
  /** Line of its name, from 1; undefined where that is not known. */
  readonly line: number | undefined;
  /** Its options as {@link OptionTexts} writes them; undefined where they cannot be judged. */
  readonly options: string | undefined;
}

/** What a field is declared with, besides its options. */
export interface FieldShape {
  readonly scope: string;
  readonly name: string;
  readonly number: number;
  /** "optional" and "required" only where they are written. */
  readonly label: string;
  /** "uint32", or of a message or enum the full name with a dot before it. */
  readonly type: string;
  readonly mapKey: string | undefined;
  readonly oneof: string | undefined;
}

export function fieldText({ scope, name, number, label, type, mapKey, oneof }: FieldShape): string {
  const what = mapKey === undefined ? `${label === "" ? "" : `${label} `}${type}` : `map<${mapKey}, ${type}>`;
  return `field ${scope}.${name} = ${number}: ${what}${oneof === undefined ? "" : ` in ${oneof}`}`;
}

export function reservedTexts(
  scope: string,
  ranges: readonly { readonly from: number; readonly to: number }[],
  names: readonly string[],
): Shape[] {
  const texts = [...ranges.map(({ from, to }) => `${from} to ${to}`), ...names.map((name) => `"${name}"`)];
  return texts.map((text) => ({ text: `reserved in ${scope}: ${text}`, line: undefined, options: "" }));
}

export function rpcText(name: string, request: string, response: string, isStream: boolean): string {
  return `rpc ${name}(${request}) returns (${response})${isStream ? ", a stream" : ""}`;
}
