// What the parts that are fetched later (more/) share with the widget. They import it from here and
// from nowhere else: the build leaves it out of them, and they find it in the running widget.

import { HttpError, refusalOf } from "@kefu/protocol";
import { Fragment, h } from "preact";
import { newId } from "./model/chat";
import { Choices, ContentPart } from "./ui/contents";
import { useChat, useFocus } from "./ui/context";
import { hooked, useEffect, useRef, useState } from "./ui/hooks";
import { addIcons, Icon } from "./ui/icon";
import { Avatar, noticeWords } from "./ui/rows";
import { imageAddress, Link, Linked, webAddress } from "./ui/text";
import { bytes, moment, t, teach } from "./words";

export type { Config, Mode } from "./config";
export type { Chat } from "./model/chat";
export type { Item } from "./model/timeline";
export type { IconName, MoreIconName } from "./ui/icon";
export type { Locale, Word } from "./words";

export { Fragment, h, hooked, useEffect, useRef, useState, useChat, useFocus };
export { addIcons, Avatar, Choices, ContentPart, Icon, imageAddress, Link, Linked, webAddress };
export { bytes, moment, noticeWords, t, teach };
export { HttpError, newId, refusalOf };

export const shared = {
  Fragment, h, hooked, useEffect, useRef, useState, useChat, useFocus,
  addIcons, Avatar, Choices, ContentPart, Icon, imageAddress, Link, Linked, webAddress,
  bytes, moment, noticeWords, t, teach,
  HttpError, newId, refusalOf,
};
