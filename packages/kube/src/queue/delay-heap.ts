/** What is due at a time. */
export interface Due {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly id: string;
}

/**
 * A binary heap of times with one time for each id: the earliest that was given. A superseded entry stays in the heap
 * until it surfaces (removing from the middle costs a search) and is dropped there.
 */
export interface DelayHeap {
  readonly size: number;
  /** Keeps the earlier one when the id waits already. */
  add(due: Due): void;
  delete(id: string): void;
  /** The time of the next one. */
  next(): number | undefined;
  /** Takes out the next one if it is due by then. */
  take(now: number): string | undefined;
}

interface Entry extends Due {
  /** What is due at the same time comes out as it came in. */
  readonly order: number;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export function delayHeap(): DelayHeap {
  let heap: Entry[] = [];
  const times = new Map<string, number>();
  let order = 0;

  function up(start: number): void {
    let i = start;
    const moved = heap[i]!;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (before(heap[parent]!, moved)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = moved;
  }

  function pop(): void {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(last, heap[child]!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }

  /** The first entry that still counts. */
  function first(): Entry | undefined {
    // Ids that are put off and deleted again and again must not let the heap grow without bound.
    if (heap.length > 64 && heap.length > 4 * times.size) rebuild();
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (times.get(top.id) === top.at) return top;
      pop();
    }
    return undefined;
  }

  function rebuild(): void {
    heap = heap.filter(({ id, at }) => times.get(id) === at).sort((a, b) => (before(a, b) ? -1 : 1));
  }

  return {
    get size() {
      return times.size;
    },
    add(due) {
      const known = times.get(due.id);
      if (known !== undefined && known <= due.at) return;
      times.set(due.id, due.at);
      heap.push({ ...due, order: order++ });
      up(heap.length - 1);
      if (heap.length > 64 && heap.length > 4 * times.size) rebuild();
    },
    delete: (id) => void times.delete(id),
    next: () => first()?.at,
    take(now) {
      const due = first();
      if (due === undefined || due.at > now) return undefined;
      pop();
      times.delete(due.id);
      return due.id;
    },
  };
}
