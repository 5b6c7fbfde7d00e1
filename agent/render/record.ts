/** A dictionary without a prototype: an app may well call its vhost or tag `__proto__`. */
export function record<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  const made: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) made[key] = value;
  return made;
}
