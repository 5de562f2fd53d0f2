// The bar along the bottom of the picture.
import type { RefObject, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Enlarge, Pause, Play, Reduce, Silence, Sound } from "../display/icons";
import { latencyText } from "../display/units";
import type { Snapshot } from "./playback";
import { QualityMenu } from "./quality_menu";
import { setMuted, setVolume } from "./sound";

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  snapshot: Snapshot;
  onToggle(): void;
  onGoLive(): void;
  onPrefer(quality: string | undefined): void;
  onFullscreen(): void;
}

export function Controls(props: Props): VNode {
  const { snapshot } = props;
  const full = useFullscreen();
  const stopped = snapshot.paused || snapshot.blocked;
  return (
    <div class="controls">
      <button type="button" class="control" onClick={props.onToggle} aria-label={stopped ? "Play" : "Pause"}>
        {stopped ? <Play /> : <Pause />}
      </button>
      <Volume video={props.video} />
      {snapshot.moving && <LivePill snapshot={snapshot} onGoLive={props.onGoLive} />}
      <span class="spacer" />
      <QualityMenu snapshot={snapshot} onChoose={props.onPrefer} />
      <button type="button" class="control" onClick={props.onFullscreen} aria-label={full ? "Leave full screen" : "Full screen"}>
        {full ? <Reduce /> : <Enlarge />}
      </button>
    </div>
  );
}

function LivePill(props: { snapshot: Snapshot; onGoLive(): void }): VNode {
  const { behind, latency } = props.snapshot;
  if (behind > 0) {
    return (
      <button type="button" class="live-pill is-behind" onClick={props.onGoLive}>
        <i class="dot" />Go live
      </button>
    );
  }
  return <span class="live-pill"><i class="dot" />Live<span class="live-latency">{latencyText(latency)}</span></span>;
}

function Volume(props: { video: RefObject<HTMLVideoElement | null> }): VNode {
  const video = props.video.current;
  const [, redraw] = useState(0);
  useEffect(() => {
    if (video === null) return;
    const onChange = (): void => redraw((count) => count + 1);
    video.addEventListener("volumechange", onChange);
    return () => video.removeEventListener("volumechange", onChange);
  }, [video]);
  const muted = video?.muted ?? true;
  const loudness = muted ? 0 : (video?.volume ?? 0);
  return (
    <div class="volume">
      <button type="button" class="control" onClick={() => video && setMuted(video, !muted)} aria-label={muted ? "Unmute" : "Mute"}>
        {muted ? <Silence /> : <Sound />}
      </button>
      <input
        type="range"
        min="0"
        max="1"
        step="0.02"
        value={loudness}
        aria-label="Volume"
        onInput={(event) => video && setVolume(video, event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

function useFullscreen(): boolean {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const onChange = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", onChange);
    return () => document.removeEventListener("fullscreenchange", onChange);
  }, []);
  return full;
}
