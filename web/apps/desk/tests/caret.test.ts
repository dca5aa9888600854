import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, shallowRef, watch, type Ref } from "vue";
import { useComposerState } from "../src/composer/state.ts";
import type { Opened } from "../src/thread/opened.ts";

const NOTHING = { text: "", mode: "note", replyTo: null };
// What is written is kept by the server, which is not there.
vi.mock("../src/composer/drafts.ts", () => ({
  note: () => {},
  drafts: { of: () => NOTHING, open: () => new Promise(() => {}), flush: async () => {}, write: () => {} },
}));

/** A field as Vue and the keyboard know it. */
class Field {
  value = "";
  selectionStart = 0;
  selectionEnd = 0;
  focus(): void {}
  setSelectionRange(start: number, end: number): void {
    [this.selectionStart, this.selectionEnd] = [start, end];
  }
  /** Take a new text as an element does: the caret goes to its end. */
  hold(text: string): void {
    this.value = text;
    this.setSelectionRange(text.length, text.length);
  }
}

function composing() {
  const field = new Field();
  const opened = shallowRef({ id: "c", row: null, context: null, revision: 0, thread: { lastSeq: 0, items: [] } });
  const state = effectScope().run(() => {
    const state = useComposerState(opened as never as Ref<Opened>, () => field as never);
    // v-model writes after the change, with the other elements.
    watch(state.text, (text) => text !== field.value && field.hold(text), { flush: "post" });
    return state;
  })!;
  const type = (text: string): void => {
    const [start, end] = [field.selectionStart, field.selectionEnd];
    field.value = field.value.slice(0, start) + text + field.value.slice(end);
    field.setSelectionRange(start + text.length, start + text.length);
    state.text.value = field.value;
    state.typed();
  };
  return { field, state, type };
}

const frames: (() => void)[] = [];

describe("what is typed at once after something was put in", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    // A frame is drawn when the test says so, which may be after several keys.
    frames.length = 0;
    vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  });

  afterEach(() => vi.unstubAllGlobals());

  it("comes after a piece in the middle", async () => {
    const { field, state, type } = composing();
    type("前后");
    field.setSelectionRange(1, 1);
    await state.insert("中");
    type("！");
    expect(field.value).toBe("前中！后");
  });

  it("comes after a colleague's name, and the caret does not jump back", async () => {
    const { field, state, type } = composing();
    type("@陈");
    state.mention("陈志强");
    await nextTick();
    await Promise.resolve();
    type("请");
    for (const frame of frames) frame();
    type("看");
    expect(field.value).toBe("@陈志强 请看");
  });
});
