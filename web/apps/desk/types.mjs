// Checks the types of the desk: vue-tsc with the TypeScript of this folder, as the one of the
// workspace has no compiler that it could extend.

import { createRequire } from "node:module";
import { run } from "vue-tsc";

run(createRequire(import.meta.url).resolve("typescript/lib/tsc"));
