// The partition of a request, which a server may put into the context for batched fields to find.

/** Where a context keeps the name of the partition (a tenant, say) that all batched keys of its request are of. */
export const PARTITION = Symbol.for("jitney.partition");

/** That name; "" where there is none. */
export function partitionOf(context: unknown): string {
  if (typeof context !== "object" || context === null || !(PARTITION in context)) return "";
  const partition = context[PARTITION];
  return typeof partition === "string" ? partition : "";
}
