// The choice of a quality, over the picture: by itself, or one of the stream's renditions.
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Done, Gear } from "../display/icons";
import type { Snapshot } from "./playback";

interface Props {
  snapshot: Snapshot;
  onChoose(name: string | undefined): void;
}

export function QualityMenu(props: Props): VNode | null {
  const { qualities, quality, preferred } = props.snapshot;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useDismissal(root, open, () => setOpen(false));
  if (qualities.length < 2) return null;

  const playing = qualities.find(({ name }) => name === quality)?.label ?? "";
  const item = (name: string | undefined, label: string, detail = ""): VNode => (
    <button
      key={name ?? ""}
      type="button"
      role="menuitemradio"
      aria-checked={preferred === name}
      onClick={() => {
        setOpen(false);
        props.onChoose(name);
      }}
    >
      <span class="tick">{preferred === name && <Done />}</span>
      {label}
      {detail !== "" && <span class="quality-detail">{detail}</span>}
    </button>
  );
  return (
    <div class="quality" ref={root}>
      {open && (
        <div class="quality-menu" role="menu" aria-label="Quality">
          {item(undefined, "Auto", preferred === undefined ? playing : "")}
          {qualities.map(({ name, label }) => item(name, label))}
        </div>
      )}
      <button
        type="button"
        class="control control-text"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label="Quality"
        onClick={() => setOpen(!open)}
      >
        <Gear />
        <span>{playing === "" ? "Auto" : playing}</span>
      </button>
    </div>
  );
}

/** A press elsewhere, or Escape, closes the menu. */
function useDismissal(root: { current: HTMLElement | null }, open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return;
    const onPress = (event: Event): void => {
      if (event.target instanceof Node && root.current?.contains(event.target)) return;
      close();
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") close();
    };
    document.addEventListener("pointerdown", onPress);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      document.removeEventListener("keydown", onKey);
    };
  }, [open]);
}
