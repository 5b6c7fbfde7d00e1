import type { Step } from "../step.ts";
import { agentDies, agentSteps } from "./agent.ts";
import { appSteps } from "./apps.ts";
import { controllerSteps } from "./controllers.ts";
import { fileSteps } from "./files.ts";
import { guardSteps } from "./guard.ts";
import { bothDie, proxySteps } from "./proxy.ts";

/** Everything that can happen. A `spared` agent lives as long as the run, so that its memory can be watched. */
export function allSteps({ isAgentSpared }: { readonly isAgentSpared: boolean }): readonly Step[] {
  const deadly = isAgentSpared ? [] : [...agentDies, ...bothDie];
  return [...appSteps, ...controllerSteps, ...guardSteps, ...agentSteps, ...proxySteps, ...fileSteps, ...deadly];
}
