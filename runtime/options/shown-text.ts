/** Most characters of a text in an error. */
const longestText = 60;

/**
 * Replaces the credentials of a URL by "***": `mysql://***@host/db`. Everything from `://` to the last `@` counts as credentials,
 * because passwords may hold any character.
 */
export function masked(text: string): string {
  const start = text.indexOf("://");
  const end = text.lastIndexOf("@");
  return start < 0 || end < start ? text : `${text.slice(0, start + 3)}***${text.slice(end)}`;
}

/** Formats a text from outside for an error: in quotes, without credentials, at most 60 characters, control characters escaped. */
export function quoted(text: string): string {
  // Masked before it is cut: the cut may remove the `@` that shows where credentials end.
  const safe = masked(text);
  const cut = safe.length > longestText ? `${safe.slice(0, longestText)}...` : safe;
  return JSON.stringify(cut).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) =>
    Array.from({ length: sign.length }, (_, at) => escaped(sign.charCodeAt(at))).join(""),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
