/** Returns an address for errors, without user, password and query, which may be secret: "ws://host:port/path". */
export function placeOf(url: string): string {
  return `${url}`.replace(/(:\/\/)[^?#]*@|[?#].*/gs, "$1");
}
