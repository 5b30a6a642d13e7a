/** Calls back in the next turn of the event loop, after what came in meanwhile was looked at. */
export function nextTurn(callback: () => void): void {
  setImmediate(callback);
}
