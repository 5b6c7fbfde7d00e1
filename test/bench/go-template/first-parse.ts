import { parseLong } from "./long-template.ts";

const begun = performance.now();
parseLong();
console.log(performance.now() - begun);
