/** Returns the element with an id, and checks its class. Throws for an element that the page lacks. */
export function element<E extends HTMLElement>(id: string, kind: abstract new (...args: never[]) => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} with id ${JSON.stringify(id)}`);
}
