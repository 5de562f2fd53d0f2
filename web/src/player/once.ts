// An engine says once how its attempt ended.
import type { EngineEvents } from "./engine";

/** Reports at most one end, whatever the player underneath goes on to say. */
export function once(events: EngineEvents): EngineEvents {
  let over = false;
  const first = (tell: () => void): void => {
    if (over) return;
    over = true;
    tell();
  };
  return {
    onEnded: () => first(() => events.onEnded()),
    onLost: (loss, detail) => first(() => events.onLost(loss, detail)),
  };
}
