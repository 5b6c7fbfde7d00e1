import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** The newest nginx that there is for the tests: of Debian forky, 1.30. */
export function newestNginx(): string {
  const script = join(import.meta.dirname, "..", "..", "nginx-versions.sh");
  const lines = execFileSync("bash", [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return /^forky (.+)$/m.exec(lines)?.[1] ?? "nginx";
}
