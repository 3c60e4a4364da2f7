/** Bytes of length 0, shared: they cannot be changed, and bodies without content need no allocation. */
export const emptyBytes: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
