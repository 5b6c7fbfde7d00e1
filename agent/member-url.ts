import { inBrackets } from "./address.ts";
import type { Member } from "./model.ts";

/** How an instance is shown to people: `http://10.0.0.1:31000`, IPv6 in brackets. */
export function memberUrl({ host, port, portType }: Member): string {
  return `${portType}://${inBrackets(host)}:${port}`;
}
