/** Types for cluster-key-slot, which has none of its own. */
declare module "cluster-key-slot" {
  /** Slot of a key in a Redis Cluster, 0 to 16,383: CRC16 of its hash tag, or of the whole key when it has none. */
  export default function calculateSlot(key: string | Uint8Array): number;
}
