import { addIcons, teach } from "../core";
import words from "../locales/zh-Hans";
import { attach, resume, upload } from "./attach";
import { EmojiPicker } from "./emoji";
import { Announcement, Dropping, Recalled, Teaser } from "./extras";
import { matching } from "./faq";
import { ICONS } from "./icons";
import { dropFile } from "./kept";
import { locate } from "./place";
import { Media } from "./media";
import { Rasa } from "./rasa";
import { RecordingBar } from "./recording";
import { settle } from "./settle";
import { Sheets } from "./sheets";
import style from "./style.css?inline";
import { dictate } from "./voice";

addIcons(ICONS);
teach(words);

/** The parts that are fetched when they are needed first. */
const parts = {
  Announcement,
  Dropping,
  EmojiPicker,
  Media,
  Rasa,
  Recalled,
  RecordingBar,
  Sheets,
  Teaser,
  attach,
  dropFile,
  dictate,
  locate,
  matching,
  resume,
  settle,
  style,
  upload,
};

export type Parts = typeof parts;
export default parts;
