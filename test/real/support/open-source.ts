/*
 * A config of NGINX Plus for an nginx that has no such directives: what is left of it is what that one can check.
 */

/** Takes the directives of NGINX Plus out; `serversOf` gives the lines of an upstream whose servers a state file has. */
export function withoutPlus(text: string, serversOf: (upstream: string) => readonly string[] = () => []): string {
  return text
    .replace(/^ {2}# Through this the agent adds[\s\S]*?\n {2}\}\n/m, "")
    .replaceAll(/^ {4}(status_zone|sticky) .*;\n/gm, "")
    .replaceAll(/\bapi write=on;/g, "return 404;")
    .replaceAll(/ slow_start=[^\s;]+/g, "")
    .replaceAll(/^ *health_check .*;\n/gm, "")
    .replaceAll(/^( {2}upstream (\S+) \{\n[^{}]*?)^ {4}state .*;\n/gm, (_, before: string, upstream: string) => {
      const servers = serversOf(upstream);
      // An open-source nginx knows no upstream without a server.
      return (
        before + (servers.length > 0 ? servers : ["server 127.0.0.1:1 down;"]).map((one) => `    ${one}\n`).join("")
      );
    });
}
