import * as v from "valibot";
import { crossCheck } from "./cross-check.ts";
import { isSecretKey } from "./keys.ts";
import { type KeyPath, type Layer, type Problem, problemLine, problemsError } from "./layer.ts";
import { type Config, configSchema } from "./schema.ts";
import { showController, showType, showValue } from "./show.ts";

/**
 * Checks every value and fills in the defaults. Throws `config-invalid`: the message is the first problem, one line;
 * `facts.problems` has all of them. No secret stands in them.
 */
export function validateLayer(layer: Layer): Config {
  const parsed = v.safeParse(configSchema, layer.values);
  const problems = parsed.success ? crossCheck(parsed.output) : parsed.issues.map(problemOf);
  if (parsed.success && problems.length === 0) return parsed.output;
  throw problemsError(problems.map((problem) => problemLine(layer, problem)));
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  if (issue.received === "undefined") return { path, what: "is missing", remedy: howToAdd(path) };
  return { path, what: `${issue.message}${got(path, issue.input)}` };
}

function got(path: KeyPath, value: unknown): string {
  const key = String(path.findLast((part) => typeof part === "string"));
  if (isSecretKey(key)) return ` (got ${showType(value)})`;
  return ` (got ${key === "drove" ? showController(value) : showValue(value)})`;
}

function howToAdd(path: KeyPath): string {
  if (path.at(-1) === "name") return 'add a name, such as name = "default"';
  if (path.at(-1) === "drove") return 'add the controllers: drove = ["https://drove1.example:8080"]';
  return "add a [[namespaces]] table with name and drove";
}
