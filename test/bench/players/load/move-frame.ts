/** Where a frame holds the numbers of a move. */
export interface MoveLayout {
  readonly sent: number;
  readonly floats: readonly [x: number, y: number, z: number, heading: number];
  /** Protobuf has 32-bit numbers with the lowest byte first, MessagePack has 64-bit floats with the highest byte first. */
  readonly numbers: "protobuf" | "msgpack";
  /** Each byte of a WebSocket frame's payload is masked with it. */
  readonly mask: number;
}

const scratch = new Uint8Array(8);
const view = new DataView(scratch.buffer);

/** The place that a move says, so that a client can see whether place and time belong together. Exact in 32 bits. */
export function placeOf(sent: number): number {
  return (sent & 0xffff) + 0.5;
}

/** Writes the time and the place of a move into its ready-made frame. All four numbers change with each move. */
export function putMove(
  frame: Uint8Array,
  sent: number,
  { sent: at, floats, numbers, mask }: MoveLayout,
): void {
  const isProtobuf = numbers === "protobuf";
  view.setUint32(0, sent, isProtobuf);
  put(frame, at, 4, mask);
  const place = placeOf(sent);
  for (let n = 0; n < 4; n++) {
    if (isProtobuf) view.setFloat32(0, place + n, true);
    else view.setFloat64(0, place + n);
    put(frame, floats[n]!, isProtobuf ? 4 : 8, mask);
  }
}

function put(frame: Uint8Array, at: number, size: number, mask: number): void {
  for (let n = 0; n < size; n++) frame[at + n] = scratch[n]! ^ mask;
}
