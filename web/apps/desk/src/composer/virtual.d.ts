/** What `emoji_data.ts` makes of emojibase: the address of a file with an `EmojiRow[]`. */
declare module "virtual:emoji" {
  const address: string;
  export default address;
}
