// Which engine plays, by the choice of the page and what the browser can.
import { hasMediaSource, type CreateEngine, type EngineName } from "./engine";

/** The code of an engine comes when it is first wanted: nobody downloads a player that is not used. */
export async function loadEngine(name: EngineName): Promise<CreateEngine> {
  if (name === "flv") return (await import("./flv_engine")).createFlvEngine;
  if (hasMediaSource) return (await import("./hls_engine")).createHlsEngine;
  return (await import("./native_engine")).createNativeEngine;
}
