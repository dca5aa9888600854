/** Faces to put into a text: the customers' widget has the same. */
export const EMOJI: readonly string[] = [
  ..."😀😄😁😆😅😂😊🙂😉😍😘😋😜🤔😏😌😴😷🤒🤕😎🥳😕😟😢😭😤😡😱😨😰🤗🙄😬😇🤝👍👎👌✌👏🙏💪👋👀❤💔🎉🎁🌹🌞🌙⭐🔥💯✅❌❓❗📦🚚💰🧾📷",
];
