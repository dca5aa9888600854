/** The files of a paste or a drop. */
export function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter((file) => file.size > 0);
}

export const canRecord = (): boolean =>
  typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices?.getUserMedia);

export const canDictate = (): boolean =>
  "SpeechRecognition" in window || "webkitSpeechRecognition" in window;
