import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFiles, root } from "./files.ts";

/*
 * `npm run docs` writes what is made of the code: the tables of keys and metrics, and the JSON Schema of the TOML file.
 * A test compares them with the code.
 */

for (const [path, text] of generatedFiles()) {
  writeFileSync(join(root, path), text);
  console.log(path);
}
