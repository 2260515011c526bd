// Jitney for those who have a server: `import { batched } from "jitney"`.

export * from "./batching/index.ts";
export * from "./graphql/index.ts";
