// The few pictures that the pages need, drawn in the color of the text around them.
import type { ComponentChildren, VNode } from "preact";

function Icon(props: { children: ComponentChildren }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {props.children}
    </svg>
  );
}

const speaker = <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z" fill="currentColor" />;

export const Play = (): VNode => <Icon><path d="M7.5 4.8v14.4L19 12Z" fill="currentColor" /></Icon>;
export const Pause = (): VNode => <Icon><path d="M7 5h3.5v14H7zM13.5 5H17v14h-3.5z" fill="currentColor" /></Icon>;
export const Sound = (): VNode => <Icon>{speaker}<path d="M15 9.2a4 4 0 0 1 0 5.6M17.6 6.6a7.6 7.6 0 0 1 0 10.8" /></Icon>;
export const Silence = (): VNode => <Icon>{speaker}<path d="m15.4 9.2 5.6 5.6m0-5.6-5.6 5.6" /></Icon>;
export const Enlarge = (): VNode => <Icon><path d="M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15" /></Icon>;
export const Reduce = (): VNode => <Icon><path d="M9 4.5V9H4.5M19.5 9H15V4.5M15 19.5V15h4.5M4.5 15H9v4.5" /></Icon>;
export const Gear = (): VNode => <Icon><circle cx="12" cy="12" r="3.2" /><path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2.1 2.1M15.9 15.9 18 18M18 6l-2.1 2.1M8.1 15.9 6 18" /></Icon>;
export const Copy = (): VNode => <Icon><rect x="8.5" y="8.5" width="11" height="11" rx="2" /><path d="M15.5 5.5v-.5a1.5 1.5 0 0 0-1.5-1.5H6A2.5 2.5 0 0 0 3.5 6v8A1.5 1.5 0 0 0 5 15.5h.5" /></Icon>;
export const Done = (): VNode => <Icon><path d="m5 12.5 4.5 4.5L19 7.5" /></Icon>;
export const Chevron = (): VNode => <Icon><path d="m7 10 5 5 5-5" /></Icon>;
export const Eye = (): VNode => <Icon><path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" /><circle cx="12" cy="12" r="2.8" /></Icon>;
export const Broadcast = (): VNode => <Icon><circle cx="12" cy="12" r="2" fill="currentColor" /><path d="M8 16a5.7 5.7 0 0 1 0-8M16 8a5.7 5.7 0 0 1 0 8M5.2 18.8a9.6 9.6 0 0 1 0-13.6M18.8 5.2a9.6 9.6 0 0 1 0 13.6" /></Icon>;

/** The mark of Weir: a river that steps down over its dam. */
export const Mark = (): VNode => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path d="M3 9h10c3.5 0 4.5 2.5 4.5 5.5v1c0 3.5 1.5 5.5 5 5.5H29" />
    <path class="mark-under" d="M3 15h6.5c3 0 4 2 4 4.5S15 24 17.5 24H29" transform="translate(0 2)" />
  </svg>
);
