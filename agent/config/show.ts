/** A key's name as written, fit for one line: quoted if it is not a plain word. */
export function showKey(key: string): string {
  return /^[\w-]{1,80}$/.test(key) ? key : quote(key);
}

/** A value for the `(got …)` of an error: short, on one line, without credentials in a URL. Never for a secret key. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return quote(withoutUserinfo(value));
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return showType(value);
}

/** What sort of thing a value is, for keys whose value must not be shown. */
export function showType(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "bigint") return "a number";
  return typeof value === "object" ? "a table" : `a ${typeof value}`;
}

/** A path such as `namespaces[0].pass`. */
export function showPath(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${showKey(part)}`))
    .join("");
}

/**
 * What was given as a controller's URL, if it surely holds no password: a stray `@` or comma may have left half of one.
 */
export function showController(value: unknown): string {
  const isHarmless = typeof value === "string" && /^([a-z]+:\/\/)?[\w.-]*(:\d*)?(\/[\w/.-]*)?$/i.test(value.trim());
  if (isHarmless || typeof value !== "string") return showValue(value);
  return withoutUserinfo(value).includes("[redacted]") ? showValue(value) : showType(value);
}

/** `https://user:pass@host` and `user:pass@host` lose what stands before the last `@`; `ipv4@host` does not. */
function withoutUserinfo(value: string): string {
  const at = value.lastIndexOf("@");
  const [scheme = ""] = /^[a-z]+:\/\//i.exec(value) ?? [];
  const isHidden = at > 0 && (scheme !== "" || value.slice(0, at).includes(":"));
  return isHidden ? `${scheme}[redacted]${value.slice(at)}` : value;
}

function quote(value: string): string {
  const text = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return text.replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
