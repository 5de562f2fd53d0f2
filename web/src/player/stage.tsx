// The picture, what is written over it while it stands still, and the controls, which withdraw while nobody touches them.
import type { RefObject, VNode } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Controls } from "./controls";
import { Notice } from "./notice";
import type { Playback, Snapshot } from "./playback";
import { setMuted } from "./sound";
import { Play, Silence } from "../display/icons";

const controls_stay_ms = 2800;

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  id: string;
  snapshot: Snapshot | null;
  playback: RefObject<Playback | null>;
}

export function Stage(props: Props): VNode {
  const { video, snapshot, playback } = props;
  const stage = useRef<HTMLDivElement>(null);
  const [awake, wake] = useAwake();
  useKeys(stage, video, playback);

  const moving = snapshot?.moving ?? false;
  const silent = moving && (video.current?.muted ?? true);
  const look = ["stage", moving && !awake ? "is-quiet" : "", video.current?.videoWidth ? "has-picture" : ""].join(" ");
  const toggle = (): void => {
    if (snapshot?.paused || snapshot?.blocked) playback.current?.resume();
    else if (moving) playback.current?.pause();
  };

  return (
    <div ref={stage} class={look} onPointerMove={wake} onPointerDown={wake} onFocusCapture={wake}>
      <video
        ref={video}
        playsInline
        disableRemotePlayback
        aria-label={`Live stream ${props.id}`}
        onClick={(event) => isMouse(event) && toggle()}
        onDblClick={() => void toggleFullscreen(stage.current, video.current)}
      />
      {snapshot !== null && <Notice id={props.id} snapshot={snapshot} />}
      {(snapshot?.blocked || snapshot?.paused) && (
        <button type="button" class="play-big" aria-label="Play" onClick={() => playback.current?.resume()}><Play /></button>
      )}
      {silent && (
        <button type="button" class="unmute" onClick={() => video.current && setMuted(video.current, false)}>
          <Silence />Tap for sound
        </button>
      )}
      {snapshot !== null && hasUse(snapshot) && (
        <Controls
          video={video}
          snapshot={snapshot}
          onToggle={toggle}
          onGoLive={() => playback.current?.goLive()}
          onPrefer={(quality) => playback.current?.prefer(quality)}
          onFullscreen={() => void toggleFullscreen(stage.current, video.current)}
        />
      )}
    </div>
  );
}

/** Controls are for a stream that plays, or is about to go on. */
function hasUse(snapshot: Snapshot): boolean {
  return snapshot.moving || snapshot.paused || snapshot.blocked || snapshot.state === "running" || snapshot.state === "recovering";
}

/** A finger's tap brings up the controls; only a mouse click on the picture means pause. */
function isMouse(event: MouseEvent): boolean {
  return !(event instanceof PointerEvent) || event.pointerType === "mouse";
}

function useAwake(): [boolean, () => void] {
  const [awake, setAwake] = useState(true);
  const timer = useRef<number>(0);
  const wake = useCallback(() => {
    setAwake(true);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setAwake(false), controls_stay_ms);
  }, []);
  useEffect(() => {
    wake();
    return () => window.clearTimeout(timer.current);
  }, [wake]);
  return [awake, wake];
}

function useKeys(stage: RefObject<HTMLElement | null>, video: RefObject<HTMLVideoElement | null>, playback: RefObject<Playback | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const busy = event.target instanceof HTMLElement && event.target.closest("button, a, input, code") !== null;
      if (busy || event.ctrlKey || event.metaKey || event.altKey || video.current === null) return;
      const player = playback.current;
      if (event.key === "m") setMuted(video.current, !video.current.muted);
      else if (event.key === "f") void toggleFullscreen(stage.current, video.current);
      else if (event.key === "k" || event.key === " ") player?.snapshot().paused ? player.resume() : player?.pause();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [stage, video, playback]);
}

/** Telephones of one maker fill the screen with the video element alone. */
interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?(): void;
}

async function toggleFullscreen(stage: HTMLElement | null, video: PhoneVideo | null): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else if (stage !== null && document.fullscreenEnabled) await stage.requestFullscreen();
  else video?.webkitEnterFullscreen?.();
}
