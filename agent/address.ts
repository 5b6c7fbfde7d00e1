/** A host as it stands before a port: an IPv6 address in brackets, all else as it is. */
export function inBrackets(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** One IPv6 address has many spellings: always the same one of them. All else as it is. */
export function canonical(address: string): string {
  const url = `http://[${address}]`;
  return address.includes(":") && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}
