import { ownUpstreamName } from "../serving.ts";
import type { ConfigShape } from "./shape.ts";

/**
 * A config of NGINX Plus taken apart. The servers of an upstream with a zone come and go through the API; so if the
 * template prints them at all, their lines are not what a reload is for. Whatever cannot be told apart safely, such as a
 * brace in a comment of the block, counts as fixed.
 */
export function nginxShapeOf(text: string, managed: ReadonlySet<string>): ConfigShape {
  const backends = new Set<string>();
  const fixed = text.replaceAll(upstreamBlock, (block, quoted: string, body: string) => {
    const name = ownUpstreamName(quoted.replaceAll('"', ""));
    if (!hasZone.test(body)) return block;
    backends.add(name);
    return managed.has(name) ? block.replaceAll(serverLine, "") : block;
  });
  // Parameters of servers can be changed at run time, so that none is a reason for a reload.
  return { fixed, servers: () => new Map(), attributes: new Set(), backends };
}

const upstreamBlock = /^[ \t]*upstream[ \t]+("[^"\n]+"|[^\s"{};]+)\s*\{([^{}]*)\}/gm;
const hasZone = /^[ \t]*zone\s/m;
const serverLine = /^[ \t]*server\s[^;\n]*;[ \t]*\n/gm;
