// Jitney as npm installs it, compiled (`npm run build` before), and as its command runs it.

const DIST = new URL("../dist/", import.meta.url);

export async function loadJitney() {
  await import(`${DIST}command/young-garbage.js`);
  const { batched } = (await import(`${DIST}index.js`)) as typeof import("../src/index.ts");
  const { buildServedSchema, startServer } = (await import(
    `${DIST}server/index.js`
  )) as typeof import("../src/server/index.ts");
  return { batched, buildServedSchema, startServer };
}
