// The renditions of a stream as something to choose from: the untouched source and the rungs of its ladder.

export interface Quality {
  /** As in addresses: "source", "720p". */
  readonly name: string;
  readonly label: string;
}

/** "1080p · source", "480p"; a rung with a name of its own keeps it beside its height. */
export function quality(name: string, height: number | undefined): Quality {
  const size = height ? `${height}p` : "";
  return { name, label: size === "" || name === size ? name : `${size} · ${name}` };
}

/** The rendition that a media playlist's address belongs to. */
export function renditionOf(playlist: string): string {
  return playlist.split("?")[0]?.split("/").at(-2) ?? "";
}
