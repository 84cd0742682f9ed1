// Builds static/dist: app.css, app.js, admin.css, the desk's styles and scripts, icons.json. `npm run build`, or `npm run build -- --watch`.
//
// icons.json holds the shapes of the lucide icons that the templates and their tags name, and no other:
// `{% icon "check" %}`, `icon("check")`.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, "static", "dist");
const ICONS = join(ROOT, "node_modules", "lucide-static", "icons");

// Packages that do nothing by being loaded, and do not say so: what is not used of them is left out.
const QUIET = /^(graphql-language-service|vscode-languageserver-types)$/;

const withoutUnused = {
  name: "without-unused",
  setup(build) {
    build.onResolve({ filter: QUIET }, async ({ path, pluginData, ...from }) => {
      if (pluginData === QUIET) return null; // asked by ourselves, just below
      const found = await build.resolve(path, { ...from, pluginData: QUIET });
      return { path: found.path, sideEffects: false };
    });
  },
};

// CodeMirror makes one as it is loaded, for commands that are not used here. The first use of Intl takes
// a browser 20 ms.
const UNUSED = { "Intl.Segmenter": "undefined" };

const BUNDLES = {
  define: UNUSED,
  plugins: [withoutUnused],
  entryPoints: [
    { in: join(ROOT, "static/src/app.js"), out: "app" },
    { in: join(ROOT, "static/src/app.css"), out: "app" },
    { in: join(ROOT, "static/src/admin.css"), out: "admin" },
    { in: join(ROOT, "static/src/desk.js"), out: "desk" },
    { in: join(ROOT, "static/src/desk.css"), out: "desk" },
    { in: join(ROOT, "static/src/desk/worker/index.js"), out: "desk-language" },
    { in: join(ROOT, "static/src/desk/prettify.js"), out: "desk-prettify" },
  ],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16"],
  loader: { ".svg": "text" },
  legalComments: "none",
  outdir: DIST,
  logLevel: "warning",
};

const filesIn = async (folder) =>
  (await readdir(join(ROOT, folder), { recursive: true })).map((f) => join(ROOT, folder, f));

/** The names of all icons that are drawn, sorted. */
async function iconNames() {
  const files = [
    ...(await filesIn("templates")).filter((f) => f.endsWith(".html")),
    ...(await filesIn("console")).filter((f) => /templatetags\/\w+\.py$/.test(f)),
  ];
  const names = new Set();
  for (const file of files) {
    const text = await readFile(file, "utf8");
    for (const [, name] of text.matchAll(/(?:\{%\s*icon\s+|\bicon\()["']([a-z0-9-]+)["']/g)) names.add(name);
  }
  return [...names].sort();
}

/** What a lucide icon draws; throws for a name that lucide does not have. */
async function shapes(name) {
  const source = await readFile(join(ICONS, `${name}.svg`), "utf8").catch(() => {
    throw new Error(`There is no lucide icon "${name}" (a template asks for it).`);
  });
  const inside = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
  return [name, inside.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>")];
}

async function buildIcons() {
  const icons = await Promise.all((await iconNames()).map(shapes));
  await writeFile(join(DIST, "icons.json"), JSON.stringify(Object.fromEntries(icons), null, 1));
}

await mkdir(DIST, { recursive: true });
await buildIcons();
if (process.argv.includes("--watch")) {
  await (await esbuild.context(BUNDLES)).watch();
} else {
  await esbuild.build(BUNDLES);
}
