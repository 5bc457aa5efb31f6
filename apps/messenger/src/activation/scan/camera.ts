/** The camera while a letter is being scanned, and not a moment longer. */
export type CameraProblem = "refused" | "missing" | "busy" | "failed";

export type Camera = { stream: MediaStream; stop: () => void };

/**
 * Asks for the camera at the back, without sound. The browser asks the person, each time or once, as they have set it.
 * @returns the camera, which `stop` ends, or why there is none.
 */
export async function openCamera(
  devices: Pick<MediaDevices, "getUserMedia"> | undefined,
): Promise<Camera | CameraProblem> {
  if (!devices) return "missing";
  try {
    const stream = await devices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    return {
      stream,
      stop: () => {
        for (const track of stream.getTracks()) track.stop();
      },
    };
  } catch (error) {
    return problemOf(error instanceof DOMException ? error.name : "");
  }
}

function problemOf(name: string): CameraProblem {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
