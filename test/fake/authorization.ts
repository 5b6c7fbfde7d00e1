/** What a controller asks for. Empty = it lets everybody in. With both, either opens. */
export interface Credentials {
  readonly user?: string;
  readonly pass?: string;
  /** Compared as it is with the whole `Authorization` header, e.g. `O-Bearer TOKEN`. */
  readonly accessToken?: string;
}

/** `open` when the controller asks for nothing. */
export type Authorization = "open" | "granted" | "refused";

/** Judges an `Authorization` header. */
export function checkAuthorization(header: string | undefined, credentials: Credentials): Authorization {
  const accepted = acceptedHeaders(credentials);
  if (accepted.length === 0) return "open";
  return header !== undefined && accepted.includes(header) ? "granted" : "refused";
}

function acceptedHeaders({ user, pass = "", accessToken }: Credentials): string[] {
  const headers: string[] = [];
  if (user !== undefined) headers.push(`Basic ${Buffer.from(`${user}:${pass}`).toString("base64")}`);
  if (accessToken !== undefined) headers.push(accessToken);
  return headers;
}
