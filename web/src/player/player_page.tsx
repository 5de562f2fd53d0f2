// The page that plays one stream: the picture with its controls, what is known about it, and the addresses to take away. Tests read
// the state from the data attributes of the root element.
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CopyText } from "../display/copy_text";
import { Eye } from "../display/icons";
import { PageHeader } from "../display/page_header";
import { Segmented } from "../display/segmented";
import { StateBadge } from "../display/state_badge";
import { countText } from "../display/units";
import type { StreamAddress } from "../stream_address";
import { hasMediaSource, type EngineName } from "./engine";
import { Facts } from "./facts";
import { Playback, type Snapshot } from "./playback";
import { Stage } from "./stage";
import { restoreSound } from "./sound";

const engines = [
  { value: "hls", label: "HLS" },
  { value: "flv", label: "HTTP-FLV" },
] as const;

function chosenEngine(): EngineName {
  return hasMediaSource && new URLSearchParams(location.search).get("engine") === "flv" ? "flv" : "hls";
}

/** Keeps the choice in the address, so that a reload or a shared link plays the same way. */
function rememberEngine(engine: EngineName): void {
  const url = new URL(location.href);
  if (engine === "hls") url.searchParams.delete("engine");
  else url.searchParams.set("engine", engine);
  history.replaceState(null, "", url);
}

function tellRoot(root: HTMLElement, snapshot: Snapshot): void {
  root.dataset.state = snapshot.state;
  root.dataset.latency = snapshot.latency?.toFixed(2) ?? "";
  root.dataset.engine = snapshot.engine;
  root.dataset.stalls = String(snapshot.stalls);
  root.dataset.attempts = String(snapshot.attempts);
  root.dataset.lastError = snapshot.last_error;
  root.dataset.quality = snapshot.quality ?? "";
}

export function PlayerPage(props: { root: HTMLElement; address: StreamAddress }): VNode {
  const { root, address } = props;
  const video = useRef<HTMLVideoElement>(null);
  const playback = useRef<Playback | null>(null);
  const [snapshot, setSnapshot] = useState<Snapshot | null>(null);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    restoreSound(element);
    const player = new Playback(element, address, chosenEngine(), () => {
      const now = player.snapshot();
      tellRoot(root, now);
      setSnapshot(now);
    });
    playback.current = player;
    player.start();
    return () => player.stop();
  }, [root, address]);

  const state = snapshot?.state ?? "connecting";
  const viewers = snapshot?.stream?.viewers?.total;
  useEffect(() => {
    document.title = `${state === "running" ? "● " : ""}${address.id} – Weir`;
  }, [state, address]);

  const choose = (engine: EngineName): void => {
    rememberEngine(engine);
    playback.current?.choose(engine);
  };

  return (
    <>
      <PageHeader />
      <main class="player">
        <Stage video={video} id={address.id} snapshot={snapshot} playback={playback} />
        <div class="title-row">
          <h1><bdi>{address.id}</bdi></h1>
          <StateBadge state={state} />
          {viewers !== undefined && <span class="viewers" title="Viewers"><Eye />{countText(viewers)}</span>}
          {hasMediaSource && <Segmented label="Play by" choices={engines} value={snapshot?.engine ?? chosenEngine()} onChoose={choose} />}
        </div>
        <Facts snapshot={snapshot} video={video} />
        <section class="addresses" aria-labelledby="addresses-title">
          <h2 id="addresses-title">Addresses</h2>
          <CopyText label="HLS" text={address.hls} />
          <CopyText label="HTTP-FLV" text={address.flv} />
          <CopyText label="Publish (RTMP)" text={address.rtmp} />
        </section>
      </main>
    </>
  );
}
