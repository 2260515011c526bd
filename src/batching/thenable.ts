// Promises that come from users.

/** Whether `await` would wait for a value. Functions may be: a proxy of something remote often is. */
export function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value>;
export function isThenable(value: unknown): value is PromiseLike<unknown>;
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayBe = typeof value === "function" || (typeof value === "object" && value !== null);
  return mayBe && "then" in value && typeof value.then === "function";
}

/**
 * Hears the rejections of promises in something that is refused whole: one that nobody listens to ends the process.
 *
 * @param holder an array, a Map, a Set, an object, or anything else.
 */
export function hearRejections(holder: unknown): void {
  if (typeof holder !== "object" || holder === null) return;
  const values = holder instanceof Map || holder instanceof Set ? holder.values() : Object.values(holder);
  void Promise.allSettled([...values].filter(isThenable));
}
