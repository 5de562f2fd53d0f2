// A line of text to take away, with a button that copies it. Pages served without TLS have no clipboard of their own, so there the
// text is selected and copied the old way.
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Copy, Done } from "./icons";

const shown_ms = 1600;

export function CopyText(props: { label: string; text: string }): VNode {
  const code = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shown_ms);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async (): Promise<void> => setCopied(await copyFrom(code.current, props.text));

  return (
    <div class="copy">
      <span class="copy-label">{props.label}</span>
      <code ref={code} class="copy-text" tabIndex={0}>{props.text}</code>
      <button type="button" class={copied ? "copy-button is-done" : "copy-button"} onClick={() => void copy()} aria-label={`Copy: ${props.label}`}>
        {copied ? <Done /> : <Copy />}
        <span role="status">{copied ? "Copied" : "Copy"}</span>
      </button>
    </div>
  );
}

async function copyFrom(element: HTMLElement | null, text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // a page in a frame may be denied its clipboard: select the text instead
    }
  }
  if (element === null) return false;
  window.getSelection()?.selectAllChildren(element);
  return document.execCommand("copy");
}
