// Asks the same question once a second while somebody can see the answer. A failure keeps the last answer, marked as old, and the
// question goes on; a hidden page asks nothing.
import { useEffect, useState } from "preact/hooks";

export interface Polled<Answer> {
  readonly answer: Answer | undefined;
  readonly failure: string | undefined;
}

const interval_ms = 1000;

/** `ask` must keep its identity between renders: a new one begins a new series. */
export function usePoll<Answer>(ask: () => Promise<Answer>): Polled<Answer> {
  const [polled, setPolled] = useState<Polled<Answer>>({ answer: undefined, failure: undefined });
  useEffect(() => {
    let stopped = false;
    let timer = 0;
    const turn = async (): Promise<void> => {
      if (!document.hidden) {
        const next = await ask().then(
          (answer) => ({ answer, failure: undefined }),
          (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }),
        );
        if (!stopped) setPolled((before) => ({ ...before, ...next }));
      }
      if (!stopped) timer = window.setTimeout(() => void turn(), interval_ms);
    };
    void turn();
    return () => {
      stopped = true;
      window.clearTimeout(timer);
    };
  }, [ask]);
  return polled;
}
