/** Short sounds, made in the browser: two tones that rise, fall or repeat. */

export type Sound = "message" | "assigned" | "queue" | "alert" | "none";
export const SOUNDS: readonly Sound[] = ["message", "assigned", "queue", "alert", "none"];

interface Tone {
  /** In hertz. */
  readonly pitch: number;
  /** Seconds from the beginning. */
  readonly at: number;
  readonly length: number;
}

const TONES: Readonly<Record<Exclude<Sound, "none">, readonly Tone[]>> = {
  message: [
    { pitch: 740, at: 0, length: 0.09 },
    { pitch: 988, at: 0.09, length: 0.16 },
  ],
  assigned: [
    { pitch: 523, at: 0, length: 0.12 },
    { pitch: 659, at: 0.12, length: 0.12 },
    { pitch: 784, at: 0.24, length: 0.24 },
  ],
  queue: [{ pitch: 587, at: 0, length: 0.25 }],
  alert: [
    { pitch: 880, at: 0, length: 0.12 },
    { pitch: 660, at: 0.16, length: 0.12 },
    { pitch: 880, at: 0.32, length: 0.12 },
    { pitch: 660, at: 0.48, length: 0.2 },
  ],
};

let context: AudioContext | null = null;

/** Play a sound; browsers may refuse until somebody has clicked on the page. */
export async function play(sound: Sound, volume: number): Promise<boolean> {
  if (sound === "none" || volume <= 0 || typeof AudioContext === "undefined") return false;
  // Before that they would only complain.
  if (globalThis.navigator?.userActivation?.hasBeenActive === false) return false;
  context ??= new AudioContext();
  const audio = context;
  if (audio.state === "suspended") await Promise.race([audio.resume(), new Promise((go) => setTimeout(go, 200))]);
  if (audio.state !== "running") return false;
  for (const tone of TONES[sound]) ring(audio, tone, volume);
  return true;
}

function ring(audio: AudioContext, tone: Tone, volume: number): void {
  const [source, loudness] = [audio.createOscillator(), audio.createGain()];
  const from = audio.currentTime + tone.at;
  source.type = "sine";
  source.frequency.value = tone.pitch;
  // Soft edges: a tone that is cut clicks.
  loudness.gain.setValueAtTime(0, from);
  loudness.gain.linearRampToValueAtTime(volume * 0.3, from + 0.015);
  loudness.gain.exponentialRampToValueAtTime(0.0001, from + tone.length);
  source.connect(loudness).connect(audio.destination);
  source.start(from);
  source.stop(from + tone.length + 0.02);
}
