/**
 * True if HAProxy can route by a header of this name. Fewer characters than HTTP allows: those that mean nothing in its
 * expressions and in the keys of its maps.
 */
export function isHeaderName(name: string): boolean {
  return /^[A-Za-z0-9_.-]+$/.test(name);
}
