// The state of a stream as a colored dot and one word.
import type { VNode } from "preact";

const words: Readonly<Record<string, string>> = {
  connecting: "Connecting",
  waiting: "Not live yet",
  running: "Live",
  recovering: "Recovering",
  ended: "Ended",
  unreachable: "No connection",
  new: "New",
  starting: "Starting",
  error: "Error",
  stopping: "Ending",
  stopped: "Ended",
  failed: "Failed",
};

const tones: Readonly<Record<string, string>> = {
  running: "good",
  connecting: "busy",
  new: "busy",
  starting: "busy",
  recovering: "warn",
  error: "warn",
  unreachable: "bad",
  failed: "bad",
};

export function StateBadge(props: { state: string }): VNode {
  return (
    <span class={`badge tone-${tones[props.state] ?? "calm"}`}>
      <i class="dot" />
      {words[props.state] ?? props.state}
    </span>
  );
}
