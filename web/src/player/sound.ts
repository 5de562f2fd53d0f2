// Browsers let a page begin by itself only without sound. It asks for the sound that the viewer had last time, and falls back to
// silence with a button; volume and choice are remembered on this device.

const volume_key = "weir.volume";
const sound_key = "weir.sound";

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be closed to this page
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

/** Gives a new video element the sound of last time; silent at first. */
export function restoreSound(video: HTMLVideoElement): void {
  const volume = Number.parseFloat(remembered(volume_key) ?? "1");
  video.volume = volume >= 0 && volume <= 1 ? volume : 1;
  video.muted = remembered(sound_key) !== "on";
}

export function setMuted(video: HTMLVideoElement, muted: boolean): void {
  video.muted = muted;
  if (!muted && video.volume === 0) setVolume(video, 0.5);
  remember(sound_key, muted ? "off" : "on");
}

export function setVolume(video: HTMLVideoElement, volume: number): void {
  video.volume = volume;
  video.muted = volume === 0;
  remember(volume_key, String(volume));
  remember(sound_key, volume === 0 ? "off" : "on");
}

/** Plays with sound if the browser allows it, else without; "blocked" asks for a touch by the viewer. */
export async function playAloud(video: HTMLVideoElement): Promise<"playing" | "blocked"> {
  try {
    await video.play();
  } catch (error) {
    if (!isRefusal(error)) return "playing"; // a newer load took over
    if (video.muted) return "blocked";
    video.muted = true;
    return playAloud(video);
  }
  return "playing";
}

function isRefusal(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotAllowedError";
}
