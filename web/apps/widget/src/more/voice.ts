import { t, type Chat } from "../core";

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
export const LONGEST_SECONDS = 60;

/** A voice note that is being recorded. */
export class Recording {
  readonly startedAt = Date.now();
  #recorder: MediaRecorder;
  #parts: Blob[] = [];

  private constructor(private readonly stream: MediaStream) {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.#recorder = new MediaRecorder(stream, { audioBitsPerSecond: 24_000, ...(mimeType ? { mimeType } : {}) });
    this.#recorder.ondataavailable = (event) => this.#parts.push(event.data);
    this.#recorder.start();
  }

  static async begin(): Promise<Recording> {
    return new Recording(await navigator.mediaDevices.getUserMedia({ audio: true }));
  }

  get seconds(): number {
    return (Date.now() - this.startedAt) / 1000;
  }

  /** End it; the file, or nothing when `isKept` is false. */
  end(isKept: boolean): Promise<File | null> {
    return new Promise((resolve) => {
      this.#recorder.onstop = () => {
        for (const track of this.stream.getTracks()) track.stop();
        const type = this.#recorder.mimeType.split(";")[0] || "audio/webm";
        const name = `voice.${type.split("/")[1] ?? "webm"}`;
        resolve(isKept ? new File(this.#parts, name, { type }) : null);
      };
      this.#recorder.stop();
    });
  }
}

interface Recogniser extends EventTarget {
  lang: string;
  interimResults: boolean;
  continuous: boolean;
  onresult: ((event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null;
  onend: (() => void) | null;
  onerror: (() => void) | null;
  start(): void;
  stop(): void;
}

const LANGUAGES = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", en: "en-US" };

/** Write what is said behind what is written, until the returned function is called or the browser ends it. */
export function dictate(chat: Chat, ended: () => void): () => void {
  const found = window as unknown as Record<string, new () => Recogniser>;
  const listening = new (found["SpeechRecognition"] ?? found["webkitSpeechRecognition"])!();
  const before = chat.draft;
  listening.lang = LANGUAGES[chat.locale];
  listening.interimResults = true;
  listening.continuous = true;
  listening.onresult = ({ results }) => {
    chat.type(before + Array.from(results, (result) => result[0]?.transcript ?? "").join(""));
    chat.changed();
  };
  listening.onerror = () => chat.say(t("noMic"));
  listening.onend = ended;
  listening.start();
  return () => listening.stop();
}
