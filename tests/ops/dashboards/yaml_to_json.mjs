// Prints a file of YAML as JSON, for tests in Python, whose library reads no YAML. A doubled key or an odd tag is an error.
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";

const document = parseDocument(readFileSync(process.argv[2], "utf8"), { strict: true, uniqueKeys: true });
for (const problem of [...document.errors, ...document.warnings]) throw problem;
console.log(JSON.stringify(document.toJS()));
