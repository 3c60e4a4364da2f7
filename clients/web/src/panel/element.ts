/** The element of an id, of the kind that is expected; the page is written so that it is there. */
export function element<E extends HTMLElement>(id: string, kind: abstract new (...args: never[]) => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} with id ${JSON.stringify(id)}`);
}
