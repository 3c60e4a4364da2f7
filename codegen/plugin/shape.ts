/** A declaration in a form that a `.proto` text and a descriptor have in common, for comparison. */
export interface Shape {
  /** Text such as "field meadow.Step.x = 1: uint32". */
  readonly text: string;
  /** Line of the name, from 1; undefined when unknown. */
  readonly line: number | undefined;
  /** Options in the form of {@link OptionTexts}; undefined when they are invalid and cannot be compared. */
  readonly options: string | undefined;
}

/** Declaration of a field, without its options. */
export interface FieldShape {
  readonly scope: string;
  readonly name: string;
  readonly number: number;
  /** Label as written; "" without one. */
  readonly label: string;
  /** Name of a scalar type, or full name of a message or enum with a leading dot. */
  readonly type: string;
  readonly mapKey: string | undefined;
  readonly oneof: string | undefined;
}

/** Text of a field, such as "field meadow.Step.x = 1: uint32". */
export function fieldText({ scope, name, number, label, type, mapKey, oneof }: FieldShape): string {
  const what = mapKey === undefined ? `${label === "" ? "" : `${label} `}${type}` : `map<${mapKey}, ${type}>`;
  return `field ${scope}.${name} = ${number}: ${what}${oneof === undefined ? "" : ` in ${oneof}`}`;
}

/** Shapes of reserved ranges (both ends included) and names of a message or enum. */
export function reservedTexts(
  scope: string,
  ranges: readonly { readonly from: number; readonly to: number }[],
  names: readonly string[],
): Shape[] {
  const texts = [...ranges.map(({ from, to }) => `${from} to ${to}`), ...names.map((name) => `"${name}"`)];
  return texts.map((text) => ({ text: `reserved in ${scope}: ${text}`, line: undefined, options: "" }));
}

/** Text of an rpc; its name and the types are full names. */
export function rpcText(name: string, request: string, response: string, isStream: boolean): string {
  return `rpc ${name}(${request}) returns (${response})${isStream ? ", a stream" : ""}`;
}
