import type { AgentLine } from "./agent-log.ts";
import type { Timeline } from "./timeline.ts";

const planned: Readonly<Record<string, string>> = {
  write: "write the file: nginx does not run yet",
  start: "start nginx",
  reload: "reload nginx",
};

/** Tells what the agent has planned and done. */
export function sayAgentLine({ tell }: Timeline, line: AgentLine): void {
  switch (line.about) {
    case "trouble":
      tell({ kind: "failed", text: `agent: ${line.message}` });
      return;
    case "refused":
      tell({ kind: "refused", text: short(`${line.app}: ${line.message}`) });
      return;
    case "applied":
      for (const entry of applied(line)) tell(entry);
  }
}

function applied({ plan, reasons, checkMs, reloadMs, totalMs }: Extract<AgentLine, { readonly about: "applied" }>) {
  const reload = plan === "reload" ? `, reload until proven ${reloadMs} ms` : "";
  // Of a path the name will do here.
  const why = reasons.replaceAll(/\/\S*\//g, "");
  return [
    { kind: "plan", text: `${planned[plan] ?? plan}, because ${why}` },
    { kind: "applied", text: `nginx -t ${checkMs} ms${reload}; in all`, tookMs: totalMs },
  ] as const;
}

function short(text: string): string {
  return text.length > 110 ? `${text.slice(0, 109)}…` : text;
}
