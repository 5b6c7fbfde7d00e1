import { isIPv4, isIPv6 } from "node:net";

/** A host as it stands before a port: an IPv6 address in brackets, all else as it is. */
export function inBrackets(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** A host as it stands by itself: an IPv6 address without the brackets that it may have before a port. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** One IPv6 address has many spellings: always the same one of them. All else as it is. */
export function canonical(address: string): string {
  const url = `http://[${address}]`;
  return address.includes(":") && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}

/** 4 or 6 for an IP address, 0 for all else. As `isIP` of Node, which begins with an expression for IPv6 of 4 ms. */
export function ipFamily(host: string): 0 | 4 | 6 {
  if (isIPv4(host)) return 4;
  return host.includes(":") && isIPv6(host) ? 6 : 0;
}
