import type { Note, RunningState } from "../model.ts";
import { canAsk } from "../seeds.ts";

/** Why this nginx cannot ask, whatever its template says; undefined if it can. */
export function failureOf({ version }: RunningState): string | undefined {
  if (version === undefined) return "the version of nginx is not known";
  if (canAsk(version.split(".").map(Number))) return undefined;
  return `nginx ${version} does not ask for the servers of upstreams; 1.27.3 and newer do`;
}

/** What the template leaves out; undefined if nothing, or if nginx does not run with what it made. */
export function obstacleOf(
  text: string,
  { running, servedGeneration, asks }: RunningState & { readonly asks: boolean },
): string | undefined {
  if (!running) return undefined;
  if (asks && servedGeneration === undefined)
    return "the template asks for servers, but does not tell its generation (/_gateway/generation)";
  const isOurs = servedGeneration !== undefined && text.includes(servedGeneration);
  return isOurs && !asks && /^\s*upstream\s/m.test(text)
    ? "the template does not ask for servers (UpstreamServers)"
    : undefined;
}

/** For who wants nothing but DNS. */
export function notPossible(reason: string): Note {
  const message = `instances come and go by reloads: ${reason}`;
  return { code: "dns-not-possible", subject: "nginx_upstream_updates", message };
}
