// What is written over the picture while it stands still: the state in a person's words, and what will happen next.
import type { VNode } from "preact";
import type { PageState } from "./page_state";
import type { Snapshot } from "./playback";

interface Words {
  readonly title: string;
  readonly text: string;
}

function wordsOf(state: PageState, id: string, on_air: boolean): Words | undefined {
  switch (state) {
    case "connecting":
      return { title: "Connecting", text: "" };
    case "waiting":
      return { title: "Not live yet", text: `This page begins to play by itself when ${id} goes live.` };
    case "recovering":
      if (on_air) return { title: "One moment", text: "Joining the stream again." };
      return { title: "One moment", text: "The publisher's connection broke off. Waiting for it to come back." };
    case "ended":
      return { title: "The stream has ended", text: "If it comes back, it plays here by itself." };
    case "unreachable":
      return { title: "The server does not answer", text: "Trying again until it does." };
    case "running":
      return undefined;
  }
}

const busy_states: readonly PageState[] = ["connecting", "recovering", "unreachable", "running"];

export function Notice(props: { id: string; snapshot: Snapshot }): VNode | null {
  const { snapshot } = props;
  if (snapshot.moving || snapshot.paused || snapshot.blocked) return null;
  const words = wordsOf(snapshot.state, props.id, snapshot.stream?.state === "running");
  const reason = snapshot.state === "ended" ? snapshot.stream?.reason : undefined;
  return (
    <div class={`notice notice-${snapshot.state}`} role="status">
      {busy_states.includes(snapshot.state) ? <span class="spinner" /> : <Waves />}
      {words && <p class="notice-title">{words.title}</p>}
      {words?.text && <p class="notice-text">{words.text}</p>}
      {reason && <p class="notice-text"><bdi>{reason}</bdi></p>}
    </div>
  );
}

function Waves(): VNode {
  return (
    <svg class="waves" viewBox="0 0 120 40" aria-hidden="true">
      <path d="M0 14q15-10 30 0t30 0 30 0 30 0" />
      <path d="M0 28q15-10 30 0t30 0 30 0 30 0" />
    </svg>
  );
}
