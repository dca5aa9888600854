/**
 * Run `work` while no other tab does, and wait at most `patience` ms for that: a tab that the
 * browser froze must not hold up the others, and what is done twice does no harm.
 */
export async function alone<T>(name: string, patience: number, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work(); // only there on secure origins
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patience);
  let hasBegun = false;
  try {
    return (await navigator.locks.request(name, { signal: waiting.signal }, () => {
      clearTimeout(timer);
      hasBegun = true;
      return work();
    })) as T;
  } catch (error) {
    // Waited for too long, or locks are forbidden, as to a frame that may store nothing.
    if (hasBegun) throw error;
    return work();
  } finally {
    clearTimeout(timer);
  }
}
