// Judges dashboards by Grafana's own type `Dashboard`, as strictly as TypeScript can.
// usage: check_types.mjs FILE.json...      Exit code 1 when a file is not of that type.
//
// An enumeration of texts is a type of its own in TypeScript; in JSON it is one of its texts, which `Json` says.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const prelude = `import type { Dashboard } from "@grafana/schema";
type Json<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
`;
const sources = new Map(process.argv.slice(2).map((path, index) => [join(here, `dashboard${index}.ts`), path]));
if (sources.size === 0) throw new Error("no file to check");

const options = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
const text = (name) => `${prelude}export const dashboard: Json<Dashboard> = ${readFileSync(sources.get(name), "utf8")};\n`;
host.fileExists = (name) => sources.has(name) || fileExists(name);
host.readFile = (name) => (sources.has(name) ? text(name) : readFile(name));
host.getSourceFile = (name, version) =>
  sources.has(name) ? ts.createSourceFile(name, text(name), version, true) : getSourceFile.call(host, name, version);

const found = ts.getPreEmitDiagnostics(ts.createProgram([...sources.keys()], options, host));
for (const one of found) {
  const line = one.file ? one.file.getLineAndCharacterOfPosition(one.start).line - 1 : 0;
  console.error(`${sources.get(one.file?.fileName) ?? one.file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(one.messageText, "\n")}`);
}
process.exit(found.length === 0 ? 0 : 1);
